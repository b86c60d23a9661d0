export { callerWorkflows, describeSetup, type GithubSetup, setUpGithub } from './github/index.js';
export { historyPeriods, type InitOptions, type InitResult, initRepository } from './init-repository.js';
export { generatePayments } from './payments.js';
