import type { CompiledEntity, CompiledRequestView } from './compiled.js';
import type { Variables } from './expression/index.js';

/** What callers send of one model. */
interface SentInputs {
  readonly entities: readonly CompiledEntity[];
  readonly inputs: readonly ({ readonly name: string } & Pick<CompiledRequestView['inputs'][string], 'type'>)[];
}

/**
 * What the condition of a segment may use, named as callers send it: every key as `<entity>.<key>`, the key of an entity that has but one also as
 * `<entity>`, and every request input by its name. Where an entity and an input share a name, it is the input's.
 */
export function segmentVariables({ entities, inputs }: SentInputs): Variables {
  const keys = entities.flatMap((entity) => {
    const [first] = entity.keys;
    const dotted = entity.keys.map(({ name, type }) => [`${entity.name}.${name}`, type] as const);
    return entity.keys.length === 1 ? [[entity.name, first!.type] as const, ...dotted] : dotted;
  });
  return Object.fromEntries([...keys, ...inputs.map(({ name, type }) => [name, type] as const)]);
}
