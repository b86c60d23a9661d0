export { type BackfilledView, type BackfillRequest, backfill } from './backfill.js';
export {
  backfillVersions,
  environmentNamed,
  parseVersionName,
  releasedVersions,
  storeAddresses,
  type VersionBackfillRequest,
  type VersionName,
} from './materialize.js';
