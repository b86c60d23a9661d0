import {
  describeFile,
  describePrediction,
  isPredictionId,
  type LineageGraph,
  mermaidOf,
  traceFile,
  tracePrediction,
} from '../../lineage/index.js';
import type { CommandDefinition, CommandResult } from '../command.js';
import { textOption } from './release-options.js';

export const lineageCommand: CommandDefinition = {
  name: 'lineage',
  summary: 'Trace an answer back to its data and approver, or a file to all that it touched',
  example: 'signalbox lineage features/sources/flights.yaml --env prod',
  arguments: [{ name: '<what>', description: 'a prediction id; or a data file, a document in Git, a digest, a run' }],
  options: [
    { flags: '--env <name>', description: 'The environment that answered', default: 'prod' },
    { flags: '--forge <folder>', description: 'The bare repository with the main branch (default: the remote origin)' },
    { flags: '--mermaid', description: 'The graph as a Mermaid flow chart' },
  ],
  async run([what = ''], options, { repo, wallNow }) {
    const forge = textOption(options, 'forge');
    const address = { repo, environment: String(options.env), wallNow, ...(forge === undefined ? {} : { forge }) };
    const mermaid = options.mermaid === true;
    if (isPredictionId(what)) {
      const trace = await tracePrediction(address, what);
      return answer(trace, { text: describePrediction(trace), mermaid });
    }
    const trace = await traceFile(address, what);
    return answer(trace, { text: describeFile(trace), mermaid });
  },
};

function answer(
  trace: { readonly graph: LineageGraph },
  { mermaid, text }: { readonly text: string; readonly mermaid: boolean },
): CommandResult {
  return { text: mermaid ? mermaidOf(trace.graph) : text, json: trace };
}
