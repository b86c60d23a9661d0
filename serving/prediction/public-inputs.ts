import type { CompiledEntity, CompiledRequestView, FeatureBundle } from '@signalbox/contracts';

export type InputDefinition = CompiledRequestView['inputs'][string];

/** What callers send to a model: the keys of its entities and its request inputs. The pod looks up the rest. */
export interface PublicInputs {
  readonly entities: readonly CompiledEntity[];
  readonly inputs: readonly (InputDefinition & { readonly name: string })[];
}

/** What one package asks of the caller, by name. */
export function publicInputs(bundle: FeatureBundle): PublicInputs {
  return mergeInputs(
    bundle.views.map((view) => {
      if (view.kind === 'aggregate') return { entities: [view.entity], inputs: [] };
      return { entities: [], inputs: Object.entries(view.inputs).map(([name, input]) => ({ ...input, name })) };
    }),
  );
}

/** The union; where two disagree about one name, the first is believed. */
export function mergeInputs(all: readonly PublicInputs[]): PublicInputs {
  return {
    entities: distinct(all.flatMap((each) => each.entities)),
    inputs: distinct(all.flatMap((each) => each.inputs)),
  };
}

function distinct<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const item of items) if (!byName.has(item.name)) byName.set(item.name, item);
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
