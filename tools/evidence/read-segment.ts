import { createHash } from 'node:crypto';
import { type EvidenceSegment, isSignalboxError, parseSegmentKey, segmentKey } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { cellFault } from './cell-fault.js';
import { isCount, isRecord, parseOrNull } from './checks.js';

/** Pods cut segments at one MiB; one large cell alone may be more. */
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;

/** The last moment of the year 9999: a later one has no name of the usual form. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31);

/** A segment, or what is wrong with the object that should be one, as a sentence's end. */
export type ReadSegment = { readonly segment: EvidenceSegment } | { readonly fault: string };

/** Null: the object is not there any more. Errors: `store/unavailable`. */
export async function readSegment(store: BlobStore, key: string): Promise<ReadSegment | null> {
  try {
    const found = await store.read(key, { maxBytes: MAX_SEGMENT_BYTES });
    return found && parseSegment(key, found.bytes);
  } catch (error) {
    if (isSignalboxError(error) && error.code === 'store/too-large') {
      return { fault: `is larger than ${MAX_SEGMENT_BYTES} bytes` };
    }
    throw error;
  }
}

/**
 * Hostile input: whoever can write to the store may have written it. Its name carries the digest of its bytes, so a half-written one is told; the name must
 * say what the segment says, so that nobody speaks for another pod.
 */
export function parseSegment(key: string, bytes: Uint8Array): ReadSegment {
  const name = parseSegmentKey(key);
  if (name === null) return { fault: 'is not named as segments are' };
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  if (digest !== name.digest) return { fault: 'is half written or was changed: its bytes do not match its name' };
  const value = parseOrNull(bytes);
  if (!isSegment(value)) return { fault: 'is no segment of evidence' };
  const fault = value.cells.map(cellFault).find((one) => one !== null);
  if (fault) return { fault };
  if (value.pod !== name.pod) return { fault: `claims to be of pod ${JSON.stringify(value.pod)}` };
  if (segmentKey({ ...value, digest }) !== key) return { fault: 'says something else than its name' };
  return { segment: value };
}

/** What several objects that carry one number say. */
export async function readAgreed(store: BlobStore, keys: readonly string[]): Promise<ReadSegment> {
  const copies = await Promise.all(keys.map((key) => readSegment(store, key)));
  return agreed(copies.filter((one) => one !== null));
}

/** What counts of several objects that carry one number: those that are whole, if they agree. */
export function agreed(copies: readonly ReadSegment[]): ReadSegment {
  const [first, ...others] = copies.flatMap((one) => ('segment' in one ? [one.segment] : []));
  if (!first) return copies[0] ?? { fault: 'is missing' };
  const said = JSON.stringify(first.cells);
  if (others.every((one) => JSON.stringify(one.cells) === said)) return { segment: first };
  return { fault: 'was written twice, with different counts' };
}

/** The cells are still to be checked. */
function isSegment(value: unknown): value is EvidenceSegment {
  if (!isRecord(value) || value.schema !== 'signalbox/evidence-segment/2') return false;
  const { cells, environment, eventNowUs, fromWallMs, pod, run, sequence, toWallMs } = value;
  return (
    [environment, pod, run].every((one) => typeof one === 'string') &&
    [fromWallMs, sequence, toWallMs].every(isCount) &&
    (fromWallMs as number) <= (toWallMs as number) &&
    (toWallMs as number) <= MAX_TIME_MS &&
    Number.isFinite(eventNowUs) &&
    Array.isArray(cells)
  );
}
