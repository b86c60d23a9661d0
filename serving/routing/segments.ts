import {
  checkExpression,
  compileExpression,
  type Evaluator,
  type KeyValue,
  type RolloutManifest,
  SignalboxError,
  segmentVariables,
} from '@signalbox/contracts';

/** The place of the segment of a request that belongs to none. */
export const NO_SEGMENT = -1;

/** What the caller sent: key values by entity, in key order, and inputs by name; what was not sent is undefined. */
export interface SentRequest {
  readonly entities: Readonly<Record<string, readonly KeyValue[] | undefined>>;
  readonly inputs: Readonly<Record<string, number | string | boolean | null | undefined>>;
}

/** What callers may send. */
export type SentInputs = Parameters<typeof segmentVariables>[0];

export interface CompiledSegments {
  /** Where in the manifest's list the first segment stands whose condition holds, else `NO_SEGMENT`. NULL does not hold. */
  readonly find: (request: SentRequest) => number;
  /** Segments that nobody belongs to, because no version takes an input that their condition names. */
  readonly idle: readonly { readonly name: string; readonly unknown: string }[];
}

interface Condition {
  readonly at: number;
  readonly holds: Evaluator;
}

/**
 * Compiles the conditions of a manifest over what callers send, once. A condition over an input that no version takes holds for nobody: a rollback may take an
 * input away, and must not be refused for it. Throws `input/bad-expression` for what is wrong in any other way.
 */
export function compileSegments(segments: RolloutManifest['segments'], known: SentInputs): CompiledSegments {
  const variables = segmentVariables(known);
  const used = new Set<string>();
  const idle: { name: string; unknown: string }[] = [];
  const conditions: Condition[] = [];
  for (const [at, { name, where }] of segments.entries()) {
    const check = checkExpression(where, variables, 'bool');
    if (check.ok) {
      conditions.push({ at, holds: compileExpression(where, variables) });
      for (const each of check.variables) used.add(each);
    } else if (check.problem.unknown !== undefined) idle.push({ name, unknown: check.problem.unknown });
    else throw new SignalboxError('input/bad-expression', `the segment "${name}": ${check.problem.message}`);
  }
  return { find: finder(conditions, readersOf(known, used)), idle };
}

/** One value of a request, NULL where it was not sent. */
interface Reader {
  readonly name: string;
  readonly read: (request: SentRequest) => number | string | boolean | null;
}

function finder(conditions: readonly Condition[], readers: readonly Reader[]): CompiledSegments['find'] {
  if (conditions.length === 0) return () => NO_SEGMENT;
  // One row for all requests: it is filled and read within one call, and nobody keeps it.
  const row: Record<string, number | string | boolean | null> = {};
  return (request) => {
    for (const { name, read } of readers) row[name] = read(request);
    for (const { at, holds } of conditions) if (holds(row) === true) return at;
    return NO_SEGMENT;
  };
}

/** How to read each variable that a condition uses: keys and inputs by the names that `segmentVariables` gives them. */
function readersOf(known: SentInputs, used: ReadonlySet<string>): readonly Reader[] {
  const keys = known.entities.flatMap(({ name: entity, keys: all }) =>
    all.flatMap((key, at): Reader[] => {
      const read: Reader['read'] = ({ entities }) => entities[entity]?.[at] ?? null;
      const dotted = { name: `${entity}.${key.name}`, read };
      return all.length === 1 ? [{ name: entity, read }, dotted] : [dotted];
    }),
  );
  const inputs = known.inputs.map(({ name }): Reader => ({ name, read: (request) => request.inputs[name] ?? null }));
  // Of two with one name, the later: the input's.
  const byName = new Map([...keys, ...inputs].map((reader) => [reader.name, reader]));
  return [...byName.values()].filter(({ name }) => used.has(name));
}
