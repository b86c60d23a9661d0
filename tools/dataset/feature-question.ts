import { type ExpressionValue, type FeatureBundle, type KeyValue, SignalboxError } from '@signalbox/contracts';

/** Entity keys and request inputs, as a person names them: texts by name. */
export interface NamedValues {
  readonly keys: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
}

/** The typed values that a bundle's features ask for. Throws `input/bad-argument` for one that is missing or of another type. */
export function featureQuestion(bundle: FeatureBundle, { keys, inputs }: NamedValues) {
  const entities: Record<string, KeyValue[]> = {};
  const request: Record<string, ExpressionValue> = {};
  for (const view of bundle.views) {
    if (view.kind === 'aggregate') {
      entities[view.entity.name] = view.entity.keys.map(
        ({ name, type }) =>
          typed(`the key '${name}'`, keys[name], { type, hint: `--keys ${name}=<${type}>` }) as KeyValue,
      );
    } else {
      for (const [name, { type }] of Object.entries(view.inputs)) {
        request[name] = typed(`the request input '${name}'`, inputs[name], {
          type,
          hint: `--request ${name}=<${type}>`,
        });
      }
    }
  }
  return { entities, request };
}

/** `origin=ATL,destination=ORD` by name. Throws `input/bad-argument`. */
export function parseAssignments(text: string): Record<string, string> {
  const pairs = text.split(',').filter((part) => part !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1)];
      throw new SignalboxError('input/bad-argument', `expected name=value, got '${pair}'`, {
        hint: 'Separate several with commas: origin=ATL,destination=ORD.',
      });
    }),
  );
}

function typed(
  what: string,
  text: string | undefined,
  { type, hint }: { readonly type: 'int' | 'double' | 'string' | 'bool'; readonly hint: string },
): ExpressionValue {
  if (text === undefined)
    throw new SignalboxError('input/bad-argument', `${what} is missing`, { hint: `Add ${hint}.` });
  if (type === 'string') return text;
  if (type === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (type === 'int' ? Number.isSafeInteger(number) : type === 'double' && Number.isFinite(number)) return number;
  throw new SignalboxError('input/bad-argument', `${what} is '${text}', expected ${type}`, { hint: `Write ${hint}.` });
}
