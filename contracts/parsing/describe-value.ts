const MAX_SHOWN = 60;

/** A value as messages show it: scalars as written, collections by size. Always one short line. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${JSON.stringify(shorten(value))}`;
  if (typeof value === 'object')
    return Array.isArray(value) ? describeCount('list', value) : describeCount('mapping', Object.keys(value));
  return typeof value === 'number' ? `the number ${value}` : `${value}`;
}

function describeCount(what: string, entries: readonly unknown[]): string {
  if (entries.length === 0) return `an empty ${what}`;
  return `a ${what} of ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`;
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

/** `string` as people call it. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
  null: 'nothing (null)',
};

export function describeTypes(types: string | readonly string[]): string {
  const names = (typeof types === 'string' ? [types] : types).map((type) => TYPE_NAMES[type] ?? type);
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
