import { readFile } from 'node:fs/promises';
import { BUCKETS, type RolloutManifest, type Verdict } from '@signalbox/contracts';
import type { RolloutEntry } from '../report/index.js';

/** What `signalbox reconcile --watch --events` writes: one line a change. */
interface OutcomeEvent {
  readonly at: string;
  readonly event: string;
  readonly changed?: boolean;
  readonly manifest?: RolloutManifest | null;
  readonly reasons?: readonly string[];
  readonly verdicts?: readonly Verdict[];
  readonly version?: number;
  readonly number?: number | null;
}

/** A published manifest, when it was published, and why. */
export interface Publication {
  readonly wallMs: number;
  readonly manifest: RolloutManifest;
  readonly reasons: readonly string[];
  /** What was measured in the step before. */
  readonly verdicts: readonly Verdict[];
}

/** Everything that was published so far, oldest first. */
export async function readPublications(path: string): Promise<readonly Publication[]> {
  return (await readEvents(path)).flatMap(({ at, event, changed, manifest, reasons = [], verdicts = [] }) =>
    event === 'outcome' && changed && manifest ? [{ wallMs: Date.parse(at), manifest, reasons, verdicts }] : [],
  );
}

/** The number of the pull request that takes a version back; null while it is not open. */
export async function readWithdrawal(path: string, version: number): Promise<number | null> {
  const found = (await readEvents(path)).findLast((one) => one.event === 'withdrawal' && one.version === version);
  return found?.number ?? null;
}

/** A line that is still being written is left for the next read. */
async function readEvents(path: string): Promise<readonly OutcomeEvent[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as OutcomeEvent);
}

/** As the report shows it. `eventTimeAt` tells how far the replay was at a wall time. */
export function rolloutEntries(
  publications: readonly Publication[],
  eventTimeAt: (wallMs: number) => number,
): readonly RolloutEntry[] {
  return publications.map(({ wallMs, manifest, reasons, verdicts }) => ({
    wallMs,
    eventUs: eventTimeAt(wallMs),
    serial: manifest.serial,
    phase: manifest.rollout.phase,
    champion: manifest.champion,
    candidate: manifest.candidate,
    share: manifest.candidateBuckets / BUCKETS,
    shadowShare: (manifest.shadow?.buckets ?? 0) / BUCKETS,
    reason: why({ reasons, verdicts: [] }),
    verdicts,
  }));
}

/** Of all that a step must show, what compares the versions. */
const COMPARISONS = new Set(['rollout/error-rate', 'rollout/latency', 'rollout/score-shift']);

/** The reconciler's reasons as sentences, and what it measured before. */
export function why({ reasons, verdicts }: Pick<Publication, 'reasons' | 'verdicts'>): string {
  const sentences = reasons.map((reason) => `${reason[0]!.toUpperCase()}${reason.slice(1).replace(/\.$/, '')}.`);
  // A rejection says itself what failed.
  const others = verdicts.filter(({ id, verdict }) => COMPARISONS.has(id) && verdict !== 'fail');
  return [...sentences, ...others.map(({ sentence }) => sentence)].join(' ');
}
