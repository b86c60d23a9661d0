export * from './decide.js';
export { describeDecision } from './describe.js';
export * from './propose.js';
export { type RetrainingRequest, requestRetraining } from './request.js';
export { parseRequestBranch, type RequestName } from './request-name.js';
export { decideRetrainingNow, type RetrainingQuestion } from './state.js';
export type { Trigger } from './triggers.js';
