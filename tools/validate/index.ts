export { describeWorkspace } from './describe.js';
export { readWorkspaceFolder } from './read-folder.js';
export { loadWorkspace, readWorkspaceLeniently, validateFolder } from './validate.js';
