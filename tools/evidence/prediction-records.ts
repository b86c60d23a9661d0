import type { PredictionRecord } from '@signalbox/contracts';
import { SignalboxError } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';

export interface PredictionFilter {
  readonly environment: string;
  readonly model?: string;
  /** At most this many, chosen by a hash of the prediction's id, so that a second look takes the same ones. */
  readonly limit: number;
}

export interface SampledPredictions {
  readonly sample: readonly PredictionRecord[];
  /** How many there are in all. */
  readonly logged: number;
  /** Of those, how many have no complete vector: the online store did not answer, or nobody could. */
  readonly withoutFeatures: number;
}

/** Logged predictions of an environment, over all pods, that have a feature vector to look at. Errors: `store/corrupt` for a line that is no record. */
export async function samplePredictions(store: BlobStore, filter: PredictionFilter): Promise<SampledPredictions> {
  const candidates: { readonly order: number; readonly record: PredictionRecord }[] = [];
  let [logged, withoutFeatures] = [0, 0];
  for await (const { key } of store.list(`evidence/${filter.environment}/`)) {
    if (!/^evidence\/[^/]+\/[^/]+\/predictions\/[^/]+\.jsonl$/.test(key)) continue;
    for (const record of parseLines(key, await store.read(key))) {
      if (filter.model !== undefined && record.model !== filter.model) continue;
      logged++;
      if (record.features.length === 0 || Object.keys(record.token.views).length === 0) withoutFeatures++;
      else candidates.push({ order: hash32(record.id), record });
    }
  }
  candidates.sort((a, b) => a.order - b.order || (a.record.id < b.record.id ? -1 : 1));
  return { sample: candidates.slice(0, filter.limit).map(({ record }) => record), logged, withoutFeatures };
}

function parseLines(key: string, found: { readonly bytes: Uint8Array } | null): PredictionRecord[] {
  const lines = found === null ? [] : Buffer.from(found.bytes).toString('utf8').split('\n');
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as PredictionRecord];
    } catch (cause) {
      throw new SignalboxError('store/corrupt', `line ${i + 1} of ${key} is not JSON`, { cause });
    }
  });
}

/** FNV-1a with a final mix: spreads ids that differ in their last characters. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
