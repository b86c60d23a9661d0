import type { KeyValue } from '@signalbox/contracts';

export type InputValue = number | string | boolean | null;

/** A checked request for one prediction. */
export interface PredictRequest {
  /** Key values by entity, in key order. */
  readonly entities: Readonly<Record<string, readonly KeyValue[]>>;
  /** The request inputs by name; null is NULL. */
  readonly inputs: Readonly<Record<string, InputValue>>;
  /** Who is being decided about: picks the bucket. */
  readonly unit: string;
  /** T, epoch microseconds. */
  readonly atUs: number;
  /** Features that the caller provides itself, by `view.feature`; null when none. */
  readonly overrides: Readonly<Record<string, number | null>> | null;
  /** What the caller sent and no version of the model takes. */
  readonly ignored: readonly string[];
  readonly includeFeatures: boolean;
  /** Only ever shorter than the manifest's limit. */
  readonly timeoutMs: number | null;
}
