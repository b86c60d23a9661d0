export type { FeatureVector } from './feature-vector.js';
export { type FeatureRequest, OnlineFeatureReader } from './online-feature-reader.js';
export {
  advance,
  applyEvent,
  decodeEntity,
  type EntityTiles,
  type EventTile,
  emptyEntity,
  encodeEntity,
} from './online-value.js';
export { readView, type ViewValues } from './read-view.js';
export { layoutOfView, type ViewLayout } from './view-layout.js';
