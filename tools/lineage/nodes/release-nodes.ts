import type { ChangeFacts, ManifestFacts, PullRequestFacts, ReleaseFacts, VersionFacts } from '../facts/facts.js';
import type { LineageEdge, LineageNode } from '../graph.js';
import {
  datasetNodeId,
  manifestNodeId,
  pullRequestNodeId,
  releaseNodeId,
  runNodeId,
  versionNodeId,
} from './node-ids.js';
import { edge, type GraphPart, node } from './part.js';

export function versionPart({ doubt, model, record, recorded, version }: VersionFacts): GraphPart {
  const id = versionNodeId(model, version);
  const { boundTo, trainedOn } = record;
  const own = node('version', id, {
    title: `Version ${version} of ${model}`,
    facts: { package: record.package.digest, commit: record.commit, rows: trainedOn.rows },
    path: `models/${model}/versions/${version}.yaml`,
    digests: [record.package.digest],
    doubt,
  });
  const request = requestPart(recorded, id, 'recorded');
  return {
    nodes: [own, ...request.nodes],
    edges: [
      edge(runNodeId(record.run), 'made', id),
      edge(datasetNodeId(boundTo.evaluationData), 'judged', id),
      ...request.edges,
    ],
  };
}

export function releasePart({ change, doubt, model, path, version }: ReleaseFacts): GraphPart {
  const id = releaseNodeId(path, change.commit);
  const own = node('release', id, {
    title: `Release of version ${version}`,
    facts: { commit: change.commit, by: change.author, at: change.at, says: change.subject },
    path,
    doubt,
  });
  const request = requestPart(change, id, 'asked for');
  return {
    nodes: [own, ...request.nodes],
    edges: [edge(versionNodeId(model, version), 'was released by', id), ...request.edges],
  };
}

function requestPart(change: ChangeFacts | null, to: string, relation: string): GraphPart {
  const request = change?.pullRequest ?? null;
  if (request === null) return { nodes: [], edges: [] };
  return { nodes: [requestNode(request)], edges: [edge(pullRequestNodeId(request.number), relation, to)] };
}

function requestNode({ approvedBy, author, mergeCommit, number, title }: PullRequestFacts): LineageNode {
  return node('pull-request', pullRequestNodeId(number), {
    title: `Pull request #${number}: ${title}`,
    facts: { by: author, 'approved by': approvedBy.join(', ') || 'nobody', merged: mergeCommit },
  });
}

/** A manifest with the release that it carries out; `versions` are those that pods could answer by under it. */
export function manifestPart({ digest, manifest, proof, release }: ManifestFacts, path: string): GraphPart {
  const { champion, model, rollout, serial } = manifest;
  const id = manifestNodeId(model, serial);
  const own = node('manifest', id, {
    title: `Manifest ${serial}`,
    facts: {
      phase: rollout.phase,
      champion: `v${champion}`,
      ...(manifest.candidate === null ? {} : { candidate: `v${manifest.candidate}` }),
      proof,
      commit: manifest.commit,
      digest,
    },
    digests: [digest],
    doubt: release === null ? `its commit ${manifest.commit} is not on the main branch` : null,
  });
  const edges: LineageEdge[] = manifest.packages.map(({ version }) =>
    edge(versionNodeId(model, version), 'was carried by', id),
  );
  if (release !== null) edges.push(edge(releaseNodeId(path, release), 'was published as', id));
  return { nodes: [own], edges };
}
