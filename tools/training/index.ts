export * from './code-tree.js';
export * from './onnx-tensors.js';
export * from './train.js';
