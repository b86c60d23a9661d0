export { describeWorkspace } from './describe.js';
export { readWorkspaceFolder } from './read-folder.js';
export { loadWorkspace, validateFolder } from './validate.js';
