import type { FeatureVector } from '../../features/index.js';
import type { Prediction } from '../../prediction/index.js';
import { tokenJson } from '../../telemetry/index.js';

/**
 * The body of an answer, written by hand: its names and most of its values are ours and need no escaping, and this runs for
 * every request. A test holds it to `JSON.stringify`.
 */
export function answerJson(prediction: Prediction): string {
  const { id, score, by, table, role, segment, degraded, vector, request } = prediction;
  const { model, serial } = table.manifest;
  let text = `{"prediction":${score},"predictionId":"${id}","model":"${model}","version":${by.version},"package":"${by.digest}","serial":${serial},"role":"${role}","degraded":${degraded === null ? 'null' : JSON.stringify(degraded)},"token":${vector === null ? 'null' : tokenJson(vector.token)}`;
  if (segment !== null) text += `,"segment":"${segment}"`;
  if (request.ignored.length > 0) text += `,"ignored":${JSON.stringify(request.ignored)}`;
  const missing = vector?.missingViews ?? [];
  if (missing.length > 0) text += `,"missing":${JSON.stringify(missing)}`;
  if (request.includeFeatures) text += `,"features":${JSON.stringify(featuresOf(prediction))}`;
  return `${text}}`;
}

function featuresOf({ by, vector }: Prediction): unknown {
  if (vector === null || by.loaded === null) return null;
  return Object.fromEntries(by.loaded.bundle.order.map((name, column) => [name, featureOf(vector, column)]));
}

function featureOf({ values, statuses, agesUs }: FeatureVector, column: number): unknown {
  const value = values[column]!;
  const ageUs = agesUs[column]!;
  return {
    value: Number.isNaN(value) ? null : value,
    status: statuses[column],
    ageUs: Number.isNaN(ageUs) ? null : ageUs,
  };
}
