import type { EvidenceSegment } from './segment.js';

/** What the name of a segment says; it sorts by time within a pod. */
export interface SegmentKey extends Pick<EvidenceSegment, 'environment' | 'pod' | 'run' | 'sequence' | 'toWallMs'> {
  /** The first 16 hex digits of the SHA-256 of its bytes. */
  readonly digest: string;
}

const PATTERN =
  /^evidence\/([^/]+)\/([^/]+)\/segments\/\d{4}-\d{2}-\d{2}\/(\d{13})-([0-9a-z]{1,24})-(\d{8})-([0-9a-f]{16})\.json$/;

/** Where the segments of a pod lie, or those of one day (`2026-11-21`, UTC, by the pod's wall clock). */
export function segmentPrefix(environment: string, pod: string, day?: string): string {
  return `evidence/${environment}/${pod}/segments/${day === undefined ? '' : `${day}/`}`;
}

export function segmentKey({ environment, pod, run, sequence, toWallMs, digest }: SegmentKey): string {
  const day = new Date(toWallMs).toISOString().slice(0, 10);
  const name = `${String(toWallMs).padStart(13, '0')}-${run}-${String(sequence).padStart(8, '0')}-${digest}`;
  return `${segmentPrefix(environment, pod, day)}${name}.json`;
}

/** Null for a key that is no segment's. */
export function parseSegmentKey(key: string): SegmentKey | null {
  const match = PATTERN.exec(key);
  if (match === null) return null;
  const [, environment, pod, toWallMs, run, sequence, digest] = match as unknown as string[];
  return {
    environment: environment!,
    pod: pod!,
    toWallMs: Number(toWallMs),
    run: run!,
    sequence: Number(sequence),
    digest: digest!,
  };
}
