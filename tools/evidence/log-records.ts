import type { OutcomeRecord, PredictionRecord } from '@signalbox/contracts';
import { parsePredictionId } from '@signalbox/serving/telemetry';

/** A pod may write under its own name alone, so an answer that another pod gave is no record here. */
export function asPrediction(value: unknown, pod: string): PredictionRecord | null {
  const record = value as Partial<PredictionRecord> | null;
  const sound =
    typeof record?.id === 'string' &&
    parsePredictionId(record.id)?.pod === pod &&
    typeof record.package === 'string' &&
    Number.isFinite(record.atUs) &&
    (record.score === null || Number.isFinite(record.score));
  return sound ? (record as PredictionRecord) : null;
}

/** What a client said became of an answer, which may be anything. */
export function asOutcome(value: unknown): OutcomeRecord | null {
  const record = value as Partial<OutcomeRecord> | null;
  const said = typeof record?.outcome === 'boolean' || Number.isFinite(record?.outcome);
  const sound = said && typeof record?.predictionId === 'string' && Number.isFinite(record.observedAtUs);
  return sound ? (record as OutcomeRecord) : null;
}
