export { type AppendRequest, type AppendResult, appendEvents } from './append-events.js';
export { type BackfilledView, type BackfillRequest, backfill } from './backfill.js';
export { checkEnvironmentParity, type EnvironmentParity, type EnvironmentParityRequest } from './check-environment.js';
export { PARITY_CLASSES, type ParityClass } from './classify.js';
export { describeParity } from './describe-parity.js';
export {
  appendToEnvironment,
  backfillVersions,
  environmentNamed,
  parseVersionName,
  releasedVersions,
  storeAddresses,
  type VersionBackfillRequest,
  type VersionName,
} from './materialize.js';
export { checkParity, type ParityGroup, type ParityReport, type ParityRequest } from './parity.js';
