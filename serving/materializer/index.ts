export { type MaterializeOptions, materialize, runMaterializerCommand } from './command.js';
export { compileEventReader, type EventFault, type EventReader } from './read-event.js';
export { RejectedFiles, type RejectedSink } from './rejected-events.js';
export {
  type MaterializerOptions,
  type MaterializerProgress,
  materializerLag,
  runMaterializer,
} from './run-materializer.js';
