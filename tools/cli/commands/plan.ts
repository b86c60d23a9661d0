import { formatFindings } from '@signalbox/contracts';
import { figure } from '../../gates/index.js';
import { describePlan, planBranch } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { addSummary, asCodeBlock, setOutput } from '../github.js';

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'Say what merging this branch would do to traffic, and the way back',
  example: 'signalbox plan --base main',
  options: [
    { flags: '--base <branch>', description: 'The branch to merge into', default: 'main' },
    { flags: '--commit <revision>', description: 'What to merge, read as data', default: 'HEAD' },
  ],
  async run(_args, options, { env, repo, wallNow }) {
    const [base, revision] = [String(options.base), String(options.commit)];
    const result = await planBranch(repo, { base, revision, wallNow });
    const { candidates, findings, lastTrainingCpuSeconds, outdated, plan, standingFindings, uncommitted } = result;
    const lines = [describePlan(plan)];
    const withCost = (model: string) => {
      const cpuSeconds = lastTrainingCpuSeconds[model];
      return cpuSeconds === undefined ? model : `${model} (${figure(cpuSeconds)} s of a processor last time)`;
    };
    if (candidates.length > 0) lines.push(`To be trained and judged again: ${candidates.map(withCost).join(', ')}`);
    const behind = candidates.filter((model) => outdated.includes(model));
    if (behind.length > 0) {
      lines.push(
        `${base} changed ${behind.join(', ')} too, so no verdict about this commit would count: bring the branch up to date first (git merge origin/${base})`,
      );
    }
    if (findings.length > 0) lines.push('These errors hold back what they touch:', formatFindings(findings));
    if (standingFindings.length > 0) {
      lines.push(
        `${base} has these errors already, and this leaves them as they are:`,
        formatFindings(standingFindings),
      );
    }
    if (uncommitted.length > 0) lines.push(`Not committed, so not in this plan: ${uncommitted.join(', ')}`);
    const text = lines.join('\n');
    await setOutput(env, 'candidates', candidates);
    await addSummary(env, asCodeBlock('What merging this does', text));
    return { text, json: result, exitCode: findings.length > 0 ? 1 : 0 };
  },
};
