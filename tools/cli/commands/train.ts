import { resolve } from 'node:path';
import { figure } from '../../gates/index.js';
import { trainPath, writeHandover } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, openCommandPipeline } from '../pipeline-command.js';
import { textOption } from './release-options.js';

export const trainCommand: CommandDefinition = {
  name: 'train',
  summary: 'Train a model on its point-in-time dataset, or find the run of the same inputs',
  example: 'signalbox train flight-delay',
  arguments: MODEL_ARGUMENT,
  options: [
    { ...JUDGE_OPTION, description: 'the environment whose artifact store is used' },
    { flags: '--handover <folder>', description: 'also leave the run in this new folder, for `judge`' },
  ],
  run: async (args, options, context) => {
    const pipeline = await openCommandPipeline(args, options, context);
    const { trained } = await trainPath(pipeline);
    const handover = textOption(options, 'handover');
    if (handover !== undefined) await writeHandover(pipeline, trained, resolve(context.repo, handover));
    const { run, cached } = trained;
    const head = await pipeline.git.requireCommit('HEAD');
    const reported = Object.entries(run.reported).map(([name, value]) => `  ${name} ${figure(value)}`);
    const cost = `${figure(run.cpuSeconds)} s of processor time, ${Math.round(run.peakBytes / 2 ** 20)} MiB`;
    const how = cached ? 'the same inputs were trained before' : `trained in ${figure(run.wallSeconds)} s (${cost})`;
    const next =
      handover === undefined
        ? `Next: signalbox evaluate ${run.model}`
        : `Next, on the main branch: signalbox judge ${run.model} --commit ${head.slice(0, 12)} --handover ${handover} --out .signalbox/verdict`;
    return { text: [`run ${run.id}: ${how}`, ...reported, next].join('\n'), json: { ...run, cached } };
  },
};
