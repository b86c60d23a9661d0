export type { PodLogger } from './pod-logger.js';
export { type PodOptions, parsePodOptions } from './pod-options.js';
export { runPodCommand } from './run-pod-command.js';
export { type ServeContext, servePod } from './serve-pod.js';
export { type RunningPod, startPod } from './start-pod.js';
