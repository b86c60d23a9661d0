import type { FeatureRequest, FeatureVector } from '../features/index.js';
import type { LoadedVersion } from './loaded-version.js';
import type { PredictRequest } from './request.js';

/**
 * Hands the model input of one request to `done`: at once where the online store is in process, later where it is not. A store that
 * cannot be read never fails a request: what needs it is NULL, and the vector says that it is not complete.
 */
export function assemble(loaded: LoadedVersion, request: PredictRequest, done: (vector: FeatureVector) => void): void {
  const wanted = featureRequest(loaded, request);
  let reading: FeatureVector | Promise<FeatureVector>;
  try {
    reading = loaded.reader.read(wanted);
  } catch {
    done(loaded.reader.readWithoutStore(wanted));
    return;
  }
  if (reading instanceof Promise) reading.catch(() => loaded.reader.readWithoutStore(wanted)).then(done);
  else done(reading);
}

function featureRequest(loaded: LoadedVersion, request: PredictRequest): FeatureRequest {
  const { entities, inputs, atUs, overrides } = request;
  if (overrides === null) return { entities, request: inputs, atUs };
  // Names of another version's features are not this version's business.
  const ours = Object.entries(overrides).filter(([name]) => loaded.columns.has(name));
  return { entities, request: inputs, atUs, overrides: Object.fromEntries(ours) };
}
