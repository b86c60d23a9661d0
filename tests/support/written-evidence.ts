import { createHash } from 'node:crypto';
import { type EvidenceCell, type EvidenceSegment, type PodStatus, segmentKey } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { cellWith } from './evidence-cells.js';

/** What pods write, without pods. All of it at one moment of the wall clock, unless a test says otherwise. */
export const NOW_MS = Date.UTC(2026, 5, 15, 12);

export function segmentOf(cells: readonly EvidenceCell[], change: Partial<EvidenceSegment> = {}): EvidenceSegment {
  return {
    schema: 'signalbox/evidence-segment/2',
    environment: 'prod',
    pod: 'pod-1',
    run: 'a1',
    sequence: 1,
    fromWallMs: NOW_MS - 2_000,
    toWallMs: NOW_MS - 1_000,
    eventNowUs: NOW_MS * 1000,
    cells,
    ...change,
  };
}

/** A segment as an object: its bytes, and the name that they ask for. */
export function objectOf(segment: EvidenceSegment): { readonly key: string; readonly text: string } {
  const text = JSON.stringify(segment);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { key: segmentKey({ ...segment, digest }), text };
}

export async function writeSegment(store: Pick<BlobStore, 'write'>, segment: EvidenceSegment): Promise<string> {
  const { key, text } = objectOf(segment);
  await store.write(key, text);
  return key;
}

/** A pod of `prod` that serves model `m` under `serial` and says that `sequence` segments are in the store. */
export function statusOf(
  pod: string,
  { sequence, serial }: { readonly serial: number | null; readonly sequence: number },
  change: Partial<PodStatus> = {},
): PodStatus {
  const limits = { timeoutMs: 500, priority: 'normal', costClass: null } as const;
  const model = {
    appliedSerial: serial,
    servedSerial: serial,
    rejected: null,
    unusable: [],
    staleMs: 0,
    frozen: false,
    loaded: [],
    limits,
    breaker: null,
  };
  return {
    schema: 'signalbox/pod-status/2',
    pod,
    environment: 'prod',
    startedAtMs: NOW_MS - 3_600_000,
    writtenAtMs: NOW_MS,
    eventNowUs: NOW_MS * 1000,
    address: 'http://127.0.0.1:1',
    evidence: { run: 'a1', sequence },
    models: { m: model },
    ...change,
  };
}

export async function writeStatus(
  store: Pick<BlobStore, 'write'>,
  status: PodStatus,
  folder = status.pod,
): Promise<void> {
  await store.write(`evidence/${status.environment}/${folder}/status.json`, JSON.stringify(status));
}

/** Requests of the candidate under a serial. */
export const askedUnder = (serial: number, asked: number, change: Partial<EvidenceCell> = {}): EvidenceCell =>
  cellWith({ serial, asked, ...change });
