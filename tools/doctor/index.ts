export { type Check, type CheckState, checkMachine } from './check-machine.js';
export { formatChecks } from './format-checks.js';
