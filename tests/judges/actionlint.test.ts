import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findTool } from './tool.js';
import { CHECKOUT, readWorkflows } from './workflow-files.js';

const workflows = readWorkflows();

function actionlint(argv: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(findTool('actionlint'), ['-no-color', ...argv], {
    cwd: CHECKOUT,
    encoding: 'utf8',
    input,
  });
  return { status, stdout, stderr };
}

describe('the workflows', () => {
  it('are clean under actionlint', () => {
    expect(actionlint([])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('would not be clean with a mistake, so that the judge is known to look', () => {
    const release = workflows.find(({ name }) => name === 'release.yml')!;
    const { status, stdout } = actionlint(['-'], release.text.replaceAll('matrix.environment', 'matrix.env'));
    expect([status, stdout]).toEqual([1, expect.stringContaining('property "env" is not defined')]);
  });

  it.each(workflows)('$name: gives nothing by default, and to each job at most reading', ({ workflow }) => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions } of Object.values(workflow.jobs)) {
      expect(permissions).toMatchObject({ contents: 'read' });
      expect(Object.entries(permissions as object).filter(([, access]) => access !== 'read')).toEqual([]);
    }
  });

  it.each(workflows)('$name: pins each action by commit, with the version beside it, or takes its own', ({ text }) => {
    const uses = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    const pinned = /uses: ([\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\$\/\.github\/[\w./-]+)$/;
    expect(uses.filter((line) => !pinned.test(line))).toEqual([]);
  });

  it.each(workflows)('$name: brings a secret only to a job of a protected environment', ({ workflow }) => {
    const steps = Object.values(workflow.jobs).flatMap(({ environment, steps = [] }) =>
      steps.map((step) => ({ environment, secrets: JSON.stringify(step).includes('secrets.') })),
    );
    expect(steps.filter(({ environment, secrets }) => secrets && environment === undefined)).toEqual([]);
  });

  it('run the code of a pull request in no workflow that has a secret or a right of its own', () => {
    const withCode = workflows.filter(({ text }) => /ref: \$\{\{ github\.event\.pull_request|git checkout/.test(text));
    expect(withCode.map(({ name }) => name)).toEqual(['fork.yml', 'pull-request.yml']);
    expect(withCode.filter(({ text }) => text.includes('secrets.') || /workflow_run|_target/.test(text))).toEqual([]);
  });

  it('train and judge on no machine that a job with a secret runs on', () => {
    const jobs = workflows.flatMap(({ workflow }) => Object.entries(workflow.jobs));
    const trains = jobs.filter(([name]) => name === 'train').map(([, job]) => job['runs-on']);
    expect(trains).toEqual(['ubuntu-latest', expect.stringContaining('vars.SIGNALBOX_TRAIN_RUNNER ||')]);
    const withSecrets = jobs
      .filter(([, { environment }]) => environment !== undefined)
      .map(([, job]) => job['runs-on']);
    const judges = jobs.filter(([name]) => name === 'judge').map(([, job]) => job['runs-on']);
    expect(judges).toEqual([expect.not.stringContaining('vars.SIGNALBOX_RUNNER')]);
    expect(withSecrets.join()).not.toMatch(/TRAIN|JUDGE|FORK/);
  });

  const ours = workflows.filter(({ name }) => name !== 'ci.yml');

  it.each(ours)('$name: runs one verb in each step, and gives it values only by the environment', ({ steps }) => {
    const commands = steps.flatMap(({ run }) => run ?? []);
    const words = '( --?[a-z-]+| "\\$[A-Z_]+"| [\\w./-]+| \\$\\{[A-Z]+:\\+(--[a-z-]+ )+"\\$[A-Z]+"\\})*';
    // Which commit a report is about is judged in trust.test.ts.
    const asked = steps.find(({ env }) => env?.TITLE?.includes('display_title'))?.run ?? '';
    const plumbing = ['git checkout --quiet --detach "$COMMIT"', 'mkdir -p .signalbox/verdicts', asked];
    const verb = new RegExp(`^signalbox [a-z]+${words}$`);
    expect(commands.filter((command) => !plumbing.includes(command) && !verb.test(command))).toEqual([]);
  });

  it.each(ours)('$name: can be called from another repository', ({ workflow }) => {
    expect(Object.keys(workflow.on)).toContain('workflow_call');
  });
});
