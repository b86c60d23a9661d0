import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalbox, signalboxHere, signalboxWith, startSignalbox } from './command.js';

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
    const { code, stderr } = await signalboxHere(folder, 'valdiate');
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
    const { code, stderr } = await signalboxHere(folder, 'status');
    expect(code).toBe(2);
    expect(stderr).toMatch(/hint: /);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const script = `"${process.execPath}" "${LAUNCHER}" --help | head -1`;
    const child = spawn('sh', ['-c', script], { env: { ...process.env, SIGNALBOX_SKIP_BUILD: '1' } });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('asks who commits before it makes a repository, and leaves nothing', async () => {
    const nobody = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', EMAIL: '' };
    const { code, stderr } = await signalboxWith(nobody, folder, ['init', 'mine']);
    expect(code).toBe(2);
    expect(stderr).toContain('git/no-identity');
    expect(stderr).toContain('git config');
    expect(await readdir(folder)).toEqual([]);
  });

  it('stops a demo on Ctrl-C: exit code 130, no scratch folder, no process', async () => {
    const temporary = await mkdtemp(join(folder, 'tmp-'));
    const demo = startSignalbox(folder, ['demo'], { TMPDIR: temporary });
    await demo.saw(/snapshot of flights/);
    expect(await demo.stop('SIGINT')).toBe(130);
    const left = (await readdir(temporary)).filter((name) => name.startsWith('signalbox-'));
    expect(left).toEqual([]);
    expect(await commandLinesWith(temporary)).toEqual([]);
  });
});

/** Command lines of running processes that name a folder. */
async function commandLinesWith(folder: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}
