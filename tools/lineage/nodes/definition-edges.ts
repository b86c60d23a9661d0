import type { DatasetFacts, DefinitionFacts, LineageFacts } from '../facts/facts.js';
import type { LineageEdge } from '../graph.js';
import { datasetNodeId, definitionNodeId, snapshotNodeId } from './node-ids.js';
import { edge } from './part.js';

/**
 * What the documents of each run define: the rows that it was trained on, and those that its versions were judged on. A source says what its snapshots
 * mean, and the rows only through them.
 */
export function definitionEdges(facts: LineageFacts): readonly LineageEdge[] {
  return facts.runs.flatMap((run) => {
    const judged = facts.versions.filter(({ record }) => record.run === run.id);
    const digests = new Set([run.dataset, ...judged.map(({ record }) => record.boundTo.evaluationData)]);
    const datasets = facts.datasets.filter(({ digest }) => digests.has(digest));
    return run.definitions.flatMap((definition) => {
      const from = definitionNodeId(definition.path, definition.changed.commit);
      return definedBy(definition, datasets, facts).map((to) => edge(from, 'defines', to));
    });
  });
}

function definedBy(
  { path, role }: DefinitionFacts,
  datasets: readonly DatasetFacts[],
  { snapshots }: LineageFacts,
): readonly string[] {
  const taken = new Set(datasets.flatMap((dataset) => dataset.snapshots));
  const own = snapshots.filter(({ digest, record }) => taken.has(digest) && path === sourcePath(record?.source));
  if (role === 'source' && own.length > 0) return own.map(({ digest }) => snapshotNodeId(digest));
  return datasets.map(({ digest }) => datasetNodeId(digest));
}

const sourcePath = (source: string | undefined): string => `features/sources/${source}.yaml`;
