import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { digestFile } from '../ingest/index.js';
import type { EnvironmentAddress } from '../release/index.js';
import { buildGraph } from './build-graph.js';
import { openLineage } from './facts/context.js';
import type { LineageFacts } from './facts/facts.js';
import { gatherAll } from './facts/gather-all.js';
import { findNodes, type Named } from './find-nodes.js';
import { type LineageGraph, type LineageKind, type LineageNode, reachedFrom } from './graph.js';

/** What came of one file, or of anything else that has a digest. */
export interface FileTrace {
  readonly named: string;
  readonly environment: string;
  /** The nodes that it stands for, where a walk to its effects begins. */
  readonly start: readonly string[];
  readonly graph: LineageGraph;
  /** How many of each kind it touched, itself left out. */
  readonly touched: Readonly<Partial<Record<LineageKind, number>>>;
  /** Logged predictions of all versions that it touched; null for a release or a manifest, from which predictions are not followed. */
  readonly predictions: number | null;
  /** Everything that these versions answered, logged or not; null as above. */
  readonly answers: number | null;
  /** What a reader must know to judge the answer, a sentence each. */
  readonly notes: readonly string[];
}

/** What no edge leads from to the predictions: those are counted by version. */
const ENDS: ReadonlySet<LineageKind> = new Set<LineageKind>(['release', 'manifest', 'pull-request']);

const NOT_FOLLOWED =
  'Not counted: versions of branches that were not merged, and datasets that only these were judged on or that no run used.';

/**
 * Everything that a file went into: a data file, a document, a release file or a file of a model in Git, a digest, or the id of a run.
 * Errors: `input/unknown-reference` when nothing was made from it, those of `openEnvironment`.
 */
export async function traceFile(address: EnvironmentAddress, text: string): Promise<FileTrace> {
  const context = await openLineage(address);
  return traceNamed(await gatherAll(context), await nameOf(address.repo, text));
}

/** The same over facts that were gathered. Pure. */
export function traceNamed(facts: LineageFacts, named: Named): FileTrace {
  const whole = buildGraph(facts);
  const found = findNodes(whole, named);
  if (found.length === 0) throw nothingMadeFrom(named, whole);
  const start = found.map(({ id }) => id);
  const graph = reachedFrom(whole, start, 'effects');
  const followed = graph.nodes.some(({ kind }) => !ENDS.has(kind));
  const others = graph.nodes.filter(({ id }) => !start.includes(id));
  return {
    named: named.text,
    environment: facts.environment,
    start,
    graph,
    touched: countKinds(others),
    predictions: followed ? sumOf(graph, 'logged') : null,
    answers: followed ? sumOf(graph, 'all') : null,
    notes: [...notesOn(found, named), NOT_FOLLOWED, ...facts.uncounted.map((problem) => `Not counted: ${problem}.`)],
  };
}

/** What a person typed, looked up on this machine. */
export async function nameOf(repo: string, text: string): Promise<Named> {
  const file = resolve(repo, text);
  const path = relative(repo, file).replaceAll('\\', '/');
  const isFile = (await stat(file).catch(() => null))?.isFile() ?? false;
  return { text, path: path.startsWith('../') ? null : path, content: isFile ? await digestFile(file) : null };
}

function countKinds(nodes: readonly LineageNode[]): FileTrace['touched'] {
  const counts: Partial<Record<LineageKind, number>> = {};
  for (const { kind } of nodes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function sumOf({ nodes }: LineageGraph, fact: 'all' | 'logged'): number {
  const counts = nodes.flatMap(({ facts, kind }) => (kind === 'predictions' ? [Number(facts[fact])] : []));
  return counts.reduce((sum, count) => sum + count, 0);
}

function notesOn(found: readonly LineageNode[], { content, text }: Named): readonly string[] {
  const files = found.filter(({ kind }) => kind === 'data-file');
  const changed = files.length > 0 && content !== null && files.every(({ digests }) => !digests.includes(content));
  return changed
    ? [`${text} has changed since it was ingested: what it holds now (${content}) went into nothing.`]
    : [];
}

function nothingMadeFrom({ content, text }: Named, { nodes }: LineageGraph): SignalboxError {
  const sources = nodes.filter(({ kind }) => kind === 'data-file').map(({ path }) => path);
  const known = [...new Set(sources)].join(', ') || 'none yet';
  const message = content === null ? `there is no "${text}" in this lineage` : `nothing was made from ${text}`;
  return new SignalboxError('input/unknown-reference', message, {
    hint: `Name a data file (known: ${known}), a document under features/ or models/, a release file, a digest, a run, or a prediction id.`,
  });
}
