import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalbox, startSignalbox } from './command.js';

const LAUNCHER = fileURLToPath(new URL('../../tools/bin/signalbox.js', import.meta.url));

describe('the command, as a process', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-e2e-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('answers help without loading an engine', async () => {
    const { code, stdout } = await signalbox(folder, '--help');
    expect(code).toBe(0);
    for (const verb of ['init', 'doctor', 'demo', 'validate', 'propose', 'promote', 'reconcile', 'serve', 'status'])
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
  });

  it('names the nearest verb and exits 2', async () => {
    const { code, stderr } = await signalbox(folder, 'valdiate');
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean validate?');
  });

  it('looks at this machine and says as JSON what is there', async () => {
    const { stdout } = await signalbox(folder, 'doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] };
    expect(checks.map(({ name }) => name)).toEqual([
      'Node.js',
      'Git',
      'Git identity',
      'Disk',
      'Ports',
      'Packages',
      'Python',
    ]);
    expect(checks.find(({ name }) => name === 'Packages')?.state).toBe('ok');
  });

  it('says what to do in a folder that is no repository', async () => {
    const { code, stderr } = await signalbox(folder, 'status');
    expect(code).toBe(2);
    expect(stderr).toMatch(/hint: /);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = spawn(
      'sh',
      ['-c', `"${process.execPath}" "${LAUNCHER}" --help | head -1; echo "\${PIPESTATUS:-ok}"`],
      {
        env: { ...process.env, SIGNALBOX_SKIP_BUILD: '1' },
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await new Promise((resolve) => child.once('exit', resolve));
    expect(stderr).toBe('');
  });

  it('leaves nothing of a demo behind that Ctrl-C stopped in its first act', async () => {
    const scratch = await mkdtemp(join(folder, 'tmp-'));
    const demo = startSignalbox(folder, 'demo');
    demo.child.on('error', () => {});
    await demo.saw(/signalbox propose/);
    expect(await demo.stop('SIGINT')).toBe(130);
    expect(await readdir(scratch)).toEqual([]);
  });
});
