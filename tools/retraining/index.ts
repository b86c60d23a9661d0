export * from './decide.js';
export { describeDecision } from './describe.js';
export * from './propose.js';
export { parseRequestBranch, type RequestName } from './request-name.js';
export { decideRetrainingNow, type RetrainingQuestion } from './state.js';
export type { Trigger } from './triggers.js';
