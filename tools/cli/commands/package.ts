import { packagePath } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, openCommandPipeline } from '../pipeline-command.js';

export const packageCommand: CommandDefinition = {
  name: 'package',
  summary: 'Put a trained model, its features, golden inputs and reference profile into the store as one package',
  example: 'signalbox package flight-delay',
  arguments: MODEL_ARGUMENT,
  options: [{ ...JUDGE_OPTION, description: 'the environment whose artifact store is used' }],
  run: async (args, options, context) => {
    const pipeline = await openCommandPipeline(args, options, context);
    const { trained, built } = await packagePath(pipeline);
    const text = `package ${built.digest} (${Math.ceil(built.contentBytes / 1024)} KiB) of run ${trained.run.id}`;
    return { text, json: { ...built, run: trained.run.id } };
  },
};
