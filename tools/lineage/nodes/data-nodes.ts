import type { SnapshotInputs } from '@signalbox/contracts';
import type { DatasetFacts, SnapshotFacts } from '../facts/facts.js';
import type { LineageNode } from '../graph.js';
import { dataFileNodeId, datasetNodeId, snapshotNodeId } from './node-ids.js';
import { dayWords, edge, type GraphPart, node } from './part.js';

export function snapshotPart({ digest, inputs, record }: SnapshotFacts): GraphPart {
  const id = snapshotNodeId(digest);
  const files = inputs.flatMap((one) => one.files);
  return {
    nodes: [snapshotNode({ digest, record }, files.length === 0), ...files.map(fileNode)],
    edges: files.map((file) => edge(dataFileNodeId(file.digest), 'was read into', id)),
  };
}

function snapshotNode({ digest, record }: Omit<SnapshotFacts, 'inputs'>, noInputs: boolean): LineageNode {
  const id = snapshotNodeId(digest);
  if (record === null) {
    return node('snapshot', id, {
      title: 'A snapshot',
      facts: { digest },
      digests: [digest],
      doubt: 'the store does not have it any more',
    });
  }
  const months = record.files.map(({ month }) => month);
  return node('snapshot', id, {
    title: `Snapshot of ${record.source} until ${dayWords(record.untilUs)}`,
    facts: {
      rows: record.rows,
      files: record.files.length,
      months: [...new Set([months[0], months.at(-1)])].join(' to '),
      quarantined: record.quarantined,
      digest,
    },
    digests: [digest, record.definition, ...record.files.map((file) => file.digest)],
    doubt: noInputs ? 'which files it was read from was not kept' : null,
  });
}

function fileNode({ digest, path, sizeBytes }: SnapshotInputs['files'][number]): LineageNode {
  return node('data-file', dataFileNodeId(digest), {
    title: path,
    facts: { bytes: sizeBytes, digest },
    path,
    digests: [digest],
  });
}

export function datasetPart({ digest, record, snapshots }: DatasetFacts): GraphPart {
  const id = datasetNodeId(digest);
  const edges = snapshots.map((one) => edge(snapshotNodeId(one), 'was joined into', id));
  if (record === null) {
    const doubt = 'the store does not have it any more';
    return { nodes: [node('dataset', id, { title: 'A dataset', facts: { digest }, digests: [digest], doubt })], edges };
  }
  const facts = { rows: record.rows, positives: record.positives, digest, file: record.file.digest };
  const title = `Dataset of ${dayWords(record.fromUs)} to ${dayWords(record.toUs)}`;
  const doubt = snapshots.length === 0 ? `the store does not have its snapshot ${record.snapshot} any more` : null;
  return { nodes: [node('dataset', id, { title, facts, digests: [digest, record.file.digest], doubt })], edges };
}
