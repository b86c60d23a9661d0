/** One name for one thing, wherever facts speak of it. */
export const predictionNodeId = (id: string): string => `prediction:${id}`;
export const podNodeId = (pod: string): string => `pod:${pod}`;
export const manifestNodeId = (model: string, serial: number): string => `manifest:${model}/${serial}`;
export const releaseNodeId = (path: string, commit: string): string => `release:${path}@${commit}`;
export const pullRequestNodeId = (number: number): string => `pull-request:${number}`;
export const versionNodeId = (model: string, version: number): string => `version:${model}/${version}`;
export const answersNodeId = (model: string, version: number): string => `predictions:${model}/${version}`;
export const runNodeId = (id: string): string => `run:${id}`;
export const codeNodeId = (codeTree: string): string => `code:${codeTree}`;
export const datasetNodeId = (digest: string): string => `dataset:${digest}`;
export const snapshotNodeId = (digest: string): string => `snapshot:${digest}`;
export const dataFileNodeId = (digest: string): string => `data-file:${digest}`;
export const definitionNodeId = (path: string, commit: string): string => `definition:${path}@${commit}`;
