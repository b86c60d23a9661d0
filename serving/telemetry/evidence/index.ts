export { EvidenceRecorder, type RouteEvidence, type VersionEvidence } from './evidence-recorder.js';
export { type CountedBins, countedBins } from './open-cell.js';
export { SegmentWriter } from './segment-writer.js';
