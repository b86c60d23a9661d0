export { type MaterializeOptions, materialize, runMaterializerCommand } from './command.js';
export { compileEventReader, type EventReader, type EventReading } from './read-event.js';
export { RejectedFiles, type RejectedSink } from './rejected-events.js';
export {
  type MaterializerOptions,
  type MaterializerProgress,
  materializerLag,
  runMaterializer,
} from './run-materializer.js';
