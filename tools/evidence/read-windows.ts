import {
  type EvidenceCell,
  type EvidenceSegment,
  parseSegmentKey,
  type SegmentKey,
  segmentPrefix,
  US_PER_MS,
} from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { CellsOfOneShape } from './cells-of-one-shape.js';
import { MAX_SKEW_MS } from './pod-reports.js';
import { podsOf } from './pods.js';
import { readAgreed } from './read-segment.js';

export interface WindowsQuestion {
  readonly environment: string;
  readonly model: string;
  /** Windows that start at or after this, and before `toUs`: event time, epoch microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly wallNowMs: number;
}

export interface Windows {
  /** One cell for each package, route and window, by time: added up over pods, processes, manifests and segments of the traffic. `serial` and `segment` are the first one's. */
  readonly cells: readonly EvidenceCell[];
  /** What was left out or is missing, in sentences. */
  readonly problems: readonly string[];
}

/** Read at once: pods may write large ones. */
const BATCH = 8;

/** The name of an object with its key, one for each number of a process, with its copies. */
interface Numbered {
  readonly name: SegmentKey;
  readonly keys: readonly string[];
}

/**
 * What all pods of an environment counted of one model, by window: of every process that ever wrote there, gone ones included. What is not whole is left out and
 * told. A window is never written of before it begins, so days before `fromUs` are not read. Errors: `store/unavailable`.
 */
export async function readWindows(store: BlobStore, question: WindowsQuestion): Promise<Windows> {
  const cells = new CellsOfOneShape();
  const problems: string[] = [];
  for (const pod of await podsOf(store, question.environment)) {
    const numbered = await numberedOf(store, pod, question);
    problems.push(...gaps(numbered));
    for (let at = 0; at < numbered.length; at += BATCH) {
      const batch = numbered.slice(at, at + BATCH);
      const read = await Promise.all(batch.map(({ keys }) => readAgreed(store, keys)));
      for (const [i, { name }] of batch.entries()) {
        const one = read[i]!;
        const fault = 'fault' in one ? one.fault : clockFault(one.segment, question.wallNowMs);
        if (fault !== null) problems.push(`${nameOf(name)} ${fault}`);
        else if ('segment' in one && !cells.add(one.segment.cells.filter((cell) => isWanted(cell, question)))) {
          problems.push(`${nameOf(name)} counts in other bins than the rest of its package`);
        }
      }
    }
  }
  return { cells: cells.merged(), problems };
}

async function numberedOf(
  store: BlobStore,
  pod: string,
  { environment, fromUs }: WindowsQuestion,
): Promise<readonly Numbered[]> {
  const since = new Date(Math.max(0, fromUs / US_PER_MS - MAX_SKEW_MS)).toISOString().slice(0, 10);
  const days = (await store.listNames(segmentPrefix(environment, pod))).filter(
    (name) => name.endsWith('/') && name >= since,
  );
  const found = new Map<string, Numbered>();
  for (const day of days) {
    const prefix = segmentPrefix(environment, pod, day.slice(0, -1));
    for (const key of (await store.listNames(prefix)).map((one) => `${prefix}${one}`)) {
      const name = parseSegmentKey(key);
      if (name === null) continue;
      const number = `${name.run} ${name.sequence}`;
      found.set(number, { name, keys: [...(found.get(number)?.keys ?? []), key] });
    }
  }
  return [...found.values()];
}

/** Numbers of a process that are not there, between those that are. */
function gaps(numbered: readonly Numbered[]): readonly string[] {
  const runs = new Map<string, Numbered[]>();
  for (const one of numbered) runs.set(one.name.run, [...(runs.get(one.name.run) ?? []), one]);
  return [...runs.values()].flatMap((found) => {
    const { name } = found[0]!;
    const numbers = found.map((one) => one.name.sequence).sort((a, b) => a - b);
    return numbers.flatMap((sequence, i) => {
      const before = numbers[i - 1] ?? sequence - 1;
      return sequence - before > 1 ? [`${nameOf({ ...name, sequence: before + 1 })} is missing`] : [];
    });
  });
}

function clockFault({ toWallMs }: EvidenceSegment, wallNowMs: number): string | null {
  const aheadMs = toWallMs - wallNowMs;
  return aheadMs > MAX_SKEW_MS ? `is of a clock that is ${Math.round(aheadMs / 1000)} s ahead` : null;
}

function isWanted({ model, windowUs }: EvidenceCell, { fromUs, model: wanted, toUs }: WindowsQuestion): boolean {
  return model === wanted && windowUs >= fromUs && windowUs < toUs;
}

const nameOf = ({ pod, run, sequence }: SegmentKey): string => `segment ${sequence} of ${pod} (process ${run})`;
