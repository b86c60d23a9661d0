import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTool } from './tool.js';
import { CHECKOUT } from './workflow-files.js';

function zizmor(...argv: string[]) {
  const options = { cwd: CHECKOUT, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(findTool('zizmor'), ['--offline', '--quiet', '--no-progress', ...argv], options);
  return { status, stdout };
}

describe('the workflows and our own action, under zizmor', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-zizmor-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('have no finding, not even for its auditor', () => {
    const { status, stdout } = zizmor('--persona', 'auditor', '.github');
    expect([status, stdout]).toEqual([0, expect.stringContaining('No findings to report')]);
  });

  it('would have one with a mistake, so that the judge is known to look', () => {
    const file = join(folder, 'bad.yml');
    const title = '$' + '{{ github.event.pull_request.title }}';
    const lines = ['on: pull_request_target', 'jobs:', '  a:', '    runs-on: ubuntu-latest', '    steps:'];
    writeFileSync(file, [...lines, `      - run: echo "${title}"`, ''].join('\n'));
    const { status, stdout } = zizmor(file);
    expect(status).toBeGreaterThan(10);
    expect(stdout).toContain('template-injection');
  });
});
