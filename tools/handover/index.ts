export { isVisible, visible, visibleDeep, visibleLines } from '@signalbox/contracts';
export * from './bounded-tree.js';
export * from './inert-markdown.js';
export * from './refused.js';
export * from './strict-json.js';
export * from './take-files.js';
