export { describeWorkspace } from './describe.js';
export { readWorkspaceFolder } from './read-folder.js';
export { loadWorkspace, tellFindings, validateFolder } from './validate.js';
