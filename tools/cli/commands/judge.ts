import { resolve } from 'node:path';
import { judgeHandover } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { addSummary, annotateVerdicts, setOutput } from '../github.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, pipelineOptions } from '../pipeline-command.js';
import { verdictLines } from '../verdict-lines.js';

export const judgeCommand: CommandDefinition = {
  name: 'judge',
  summary: 'Judge what a train job left: dataset, evaluation, gates and package, with nothing of it believed',
  example: 'signalbox judge flight-delay --commit HEAD --handover .signalbox/handover --out .signalbox/verdict',
  arguments: MODEL_ARGUMENT,
  options: [
    { flags: '--commit <revision>', description: 'The commit that is judged, read as data', required: true },
    { flags: '--handover <folder>', description: 'What `train --handover` left', required: true },
    { flags: '--out <folder>', description: 'A new folder for the verdict', required: true },
    JUDGE_OPTION,
  ],
  run: async (args, options, context) => {
    const { env, json, repo } = context;
    const out = resolve(repo, String(options.out));
    const { letThrough, report, verdict, verdicts } = await judgeHandover({
      ...pipelineOptions(args, options, context),
      commit: String(options.commit),
      handover: resolve(repo, String(options.handover)),
      out,
    });
    await setOutput(env, 'let-through', letThrough);
    await addSummary(env, report);
    if (!json) await annotateVerdicts(env, verdicts);
    const head = letThrough ? 'The gates let it through.' : 'The gates refuse it.';
    return {
      text: [head, ...verdictLines(verdicts), `The verdict is in ${out}`].join('\n'),
      json: { letThrough, verdicts, package: verdict.package.digest, run: verdict.run.id, commit: verdict.commit, out },
      exitCode: letThrough ? 0 : 1,
    };
  },
};
