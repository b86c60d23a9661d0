import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Ended, type Program, runProgram } from './program.js';
import { Starter } from './starter.js';

const shell = (script: string, more: Partial<Program> = {}): Program => ({
  ...{ file: 'sh', args: ['-c', script], env: { PATH: process.env.PATH, GREETING: 'hello' }, input: '' },
  ...more,
});

const asText = ({ stdout, stderr }: Ended) => ({
  stdout: stdout.toString('latin1'),
  stderr: stderr.toString('latin1'),
});

async function readyStarter(): Promise<Starter> {
  const starter = new Starter();
  await expect.poll(() => starter.run(shell('true')).then(() => starter.pid), { interval: 1 }).toBeGreaterThan(0);
  return starter;
}

const BUILT = fileURLToPath(new URL('../../dist/forge/starter/starter.js', import.meta.url));

describe('what starts programs', () => {
  it('answers as a program that was started here, to the byte', async () => {
    const starter = await readyStarter();
    const programs = [
      shell('cat; echo "$GREETING" >&2; exit 3', { input: 'line\n'.repeat(200_000) }),
      shell("printf '\\377\\000\\376'; kill -9 $$"),
      shell('exit 0', { input: 'nobody reads this\n'.repeat(100_000) }),
    ];
    for (const program of programs) {
      const [there, here] = [await starter.run(program), await runProgram(program)];
      expect({ status: there.status, ...asText(there) }).toEqual({ status: here.status, ...asText(here) });
    }
    const missing = { ...shell(''), file: 'no-such-program' };
    const here = await runProgram(missing).catch((error: Error) => error.message);
    expect(here).toBe('spawn no-such-program ENOENT');
    await expect(starter.run(missing)).rejects.toThrow(here as string);
  });

  it('fails alone where it cannot be asked for at all', async () => {
    const starter = await readyStarter();
    const beside = starter.run(shell('sleep 0.05; echo beside'));
    await expect(starter.run(shell(`echo ${'x'.repeat(3_000_000)}`))).rejects.toThrow('spawn E2BIG');
    await expect(runProgram(shell('echo \0'))).rejects.toThrow('null bytes');
    expect(`${(await beside).stdout}`).toBe('beside\n');
  });

  it('starts a few itself, and keeps the answers of many at once apart', async () => {
    const starter = new Starter();
    await Promise.all(Array.from({ length: 7 }, () => starter.run(shell('true'))));
    expect(starter.pid).toBeUndefined();
    const many = Array.from({ length: 40 }, (_, at) => starter.run(shell(`echo ${at}`)));
    expect((await Promise.all(many)).map(({ stdout }) => Number(stdout))).toEqual([...many.keys()]);
    const again = await readyStarter();
    const later = Array.from({ length: 40 }, (_, at) => again.run(shell(`sleep 0.0${at % 5}; echo ${at}`)));
    expect((await Promise.all(later)).map(({ stdout }) => Number(stdout))).toEqual([...later.keys()]);
  });

  it('says that what it waited for may be done or not where its process was killed, and goes on with the next', async () => {
    const starter = await readyStarter();
    const lost = starter.run(shell('sleep 5'));
    process.kill(starter.pid!, 'SIGKILL');
    await expect(lost).rejects.toThrow('what starts Git ended: SIGKILL');
    expect(`${(await starter.run(shell('echo here'))).stdout}`).toBe('here\n');
  });

  it('outlives what is meant for the one who asks, and ends with it', async () => {
    const script = `
      import { Starter } from ${JSON.stringify(BUILT)};
      const starter = new Starter();
      const hello = { file: 'echo', args: ['hello'], env: process.env, input: '' };
      while (starter.pid === undefined) await starter.run(hello);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(starter.pid, signal);
      console.log(String((await starter.run(hello)).stdout));`;
    // Answered once nobody holds its standard error any more, which both share.
    const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    expect((await ended).stdout).toBe('hello\n\n');
  });
});
