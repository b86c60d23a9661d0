import type { DefinitionFacts, RunFacts } from '../facts/facts.js';
import type { LineageNode } from '../graph.js';
import { codeNodeId, datasetNodeId, definitionNodeId, runNodeId } from './node-ids.js';
import { edge, type GraphPart, node } from './part.js';

/** A run with its code, and the documents that say what its data means. */
export function runPart(run: RunFacts): GraphPart {
  const id = runNodeId(run.id);
  return {
    nodes: [runNode(run), codeNode(run), ...run.definitions.map(definitionNode)],
    edges: [edge(datasetNodeId(run.dataset), 'was trained on in', id), edge(codeNodeId(run.codeTree), 'ran in', id)],
  };
}

function runNode({ definitionsDoubt, ...run }: RunFacts): LineageNode {
  const { codeTree, commit, dataset, features, id, model, record } = run;
  const measured = record && { seed: record.seed, 'cpu seconds': Number(record.cpuSeconds.toPrecision(3)) };
  const gone = record === null ? ['its record is not in the store any more; the version’s record speaks for it'] : [];
  const doubts = [...gone, ...(definitionsDoubt === null ? [] : [definitionsDoubt])];
  return node('run', runNodeId(id), {
    title: `Run ${id}`,
    facts: { model, commit, ...measured, features },
    digests: [features, dataset, codeTree, ...(record ? [record.onnx.digest, record.environment] : [])],
    doubt: doubts.length === 0 ? null : doubts.join('; '),
  });
}

function codeNode({ codeTree, commit, model }: RunFacts): LineageNode {
  const path = `models/${model}`;
  return node('code', codeNodeId(codeTree), {
    title: `Code of ${path}`,
    facts: { commit, digest: codeTree },
    path,
    digests: [codeTree],
  });
}

function definitionNode({ changed, path, role }: DefinitionFacts): LineageNode {
  return node('definition', definitionNodeId(path, changed.commit), {
    title: path,
    facts: { is: `the ${role}`, commit: changed.commit, by: changed.author, on: changed.at.slice(0, 10) },
    path,
  });
}
