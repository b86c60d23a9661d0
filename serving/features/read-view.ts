import {
  type CompiledAggregateView,
  encodeEntityKey,
  type KeyValue,
  SignalboxError,
  type ValueStatus,
} from '@signalbox/contracts';
import type { OnlineStore, PartitionOffsets } from '../stores/index.js';
import { foldNothing, foldWindows, newestVisibleUs, planFold } from './fold-windows.js';
import { WATERMARK, wordsOf } from './online-value.js';
import { layoutOfView } from './view-layout.js';

/** All features of one view for one entity, for people. */
export interface ViewValues {
  readonly view: string;
  readonly digest: string;
  readonly entity: readonly KeyValue[];
  /** Later than asked where the store has already read further. */
  readonly atUs: number;
  readonly found: boolean;
  /** T minus the newest event; null where there is none. */
  readonly ageUs: number | null;
  readonly offsets: PartitionOffsets;
  readonly features: Readonly<Record<string, { readonly value: number | null; readonly status: ValueStatus }>>;
}

/** Errors: `input/unknown-reference` where the store does not hold the view. */
export async function readView(
  store: OnlineStore,
  view: CompiledAggregateView,
  request: { readonly entity: readonly KeyValue[]; readonly atUs: number },
): Promise<ViewValues> {
  const layout = layoutOfView(view);
  const { values, offsets } = await store.read([{ view: view.digest, entityKey: encodeEntityKey(request.entity) }]);
  const [value, applied] = [values[0] ?? null, offsets[0] ?? null];
  if (applied === null) {
    throw new SignalboxError('input/unknown-reference', `the online store does not hold the feature view ${view.name}`);
  }
  const words = value && wordsOf(layout, value);
  const atUs = words ? Math.max(request.atUs, words[WATERMARK]!) : request.atUs;
  const fold = planFold(
    layout,
    view.features.map((_, i) => i),
  );
  const out = new Float64Array(view.features.length);
  if (words) foldWindows(fold, words, { atUs, out });
  else foldNothing(fold, out);
  const age = words ? atUs - newestVisibleUs(layout, words, atUs) : Number.NaN;
  const status = (at: number): ValueStatus => (words ? (Number.isNaN(out[at]) ? 'NULL' : 'PRESENT') : 'NOT_FOUND');
  const feature = (at: number) => ({ value: Number.isNaN(out[at]) ? null : out[at]!, status: status(at) });
  return {
    view: view.name,
    digest: view.digest,
    entity: request.entity,
    atUs,
    found: words !== null,
    ageUs: Number.isFinite(age) ? age : null,
    offsets: applied,
    features: Object.fromEntries(view.features.map(({ name }, i) => [name, feature(i)])),
  };
}
