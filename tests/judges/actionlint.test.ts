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

  it.each(workflows)('$name: gives nothing by default and names each right that a job needs', ({ workflow }) => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions } of Object.values(workflow.jobs)) expect(permissions).toEqual({ contents: 'read' });
  });

  it.each(workflows)('$name: pins each action by commit, with the version beside it', ({ text }) => {
    const uses = text.split('\n').filter((line) => /^\s*(- )?uses:/.test(line));
    expect(uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it.each(workflows.filter(({ name }) => name !== 'ci.yml'))('$name: runs one verb in each step', ({ steps }) => {
    const commands = steps.flatMap(({ run }) => run ?? []);
    const verb = /^npx signalbox [a-z]+( --?[a-z]+| \.| "\$[A-Z]+")*$/;
    expect(commands.filter((command) => command !== 'npm ci' && !verb.test(command))).toEqual([]);
    expect(commands.filter((command) => verb.test(command)).length).toBeGreaterThan(1);
  });
});
