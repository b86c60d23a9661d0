import type { LoadedVersion } from './loaded-version.js';
import type { PredictRequest } from './request.js';

/** What a version needs and the caller did not send; null when nothing is missing. */
export function missingInputs(loaded: LoadedVersion, request: PredictRequest): string[] | null {
  let missing: string[] | null = null;
  for (const { name } of loaded.inputs.entities) {
    if (request.entities[name] === undefined) missing = [...(missing ?? []), `entities.${name}`];
  }
  for (const { name } of loaded.inputs.inputs) {
    if (request.inputs[name] === undefined) missing = [...(missing ?? []), `request.${name}`];
  }
  return missing;
}
