export { checkModel, MAX_MODEL_BYTES } from './check-output.js';
export * from './code-tree.js';
export * from './onnx-tensors.js';
export * from './train.js';
