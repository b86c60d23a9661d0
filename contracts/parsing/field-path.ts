/** The way from the root of a document to a value: keys and list indexes. */
export type FieldPath = readonly (string | number)[];

/** `aggregations[0].windows[1]`; keys that are no plain words are quoted. The root is the empty text. */
export function formatFieldPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const key = /^[\w-]+$/.test(step) ? step : JSON.stringify(step);
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** The path in a JSON pointer (RFC 6901), with list indexes as numbers where `root` holds a list. */
export function pathOfPointer(pointer: string, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  let at: unknown = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(at) ? Number(key) : key;
    path.push(step);
    at = (at as Record<string | number, unknown> | undefined)?.[step];
  }
  return path;
}

/** The path that `formatFieldPath` wrote. */
export function parseFieldPath(field: string): FieldPath {
  return [...field.matchAll(/\[(\d+)\]|"((?:[^"\\]|\\.)*)"|([^.[\]"]+)/g)].map(([, index, quoted, plain]) => {
    if (index !== undefined) return Number(index);
    return quoted === undefined ? plain! : (JSON.parse(`"${quoted}"`) as string);
  });
}
