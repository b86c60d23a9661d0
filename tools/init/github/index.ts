export { callerWorkflows, type Program } from './callers.js';
export { describeSetup } from './describe-setup.js';
export { type GithubSetup, type GithubSetupResult, setUpGithub } from './set-up-github.js';
