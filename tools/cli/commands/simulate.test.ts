import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../run-command-line.js';

const REPOSITORY = resolve(fileURLToPath(import.meta.url), '../../../..');

async function run(...argv: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const { exitCode } = await runCommandLine(
    ['simulate', ...(argv.includes('--repo') ? [] : ['--repo', REPOSITORY]), ...argv],
    {
      cwd: '/',
      env: {},
      wallNow: () => 0,
      signal: new AbortController().signal,
      stdout: (text) => out.push(text),
      stderr: (text) => err.push(text),
      interactive: false,
    },
  );
  return { exitCode, out: out.join(''), err: err.join('') };
}

describe('signalbox simulate', () => {
  const harm = ['direct', '--error-rate', '+0.3', '--latency', '+200ms', '--runs', '1', '--seed', '7'];

  it('plays an equal version beside the one that is asked about', async () => {
    const { err, exitCode, out } = await run(...harm, '--requests-per-hour', '3000');
    expect(exitCode).toBe(0);
    expect(out).toContain('Strategy direct, at 3000 requests an hour.');
    expect(out).toMatch(/^equal +100 % +0 % /m);
    expect(out).toMatch(/^error-rate \+0\.3, latency \+200ms +0 % +100 % /m);
    expect(out).toContain('Seeds 7 to 7');
    expect(err).toContain('direct: equal: 1 rollout played');
  });

  it('says which part of the effect the strategy does not look at', async () => {
    const { out } = await run('direct', '--score-shift', '0.3', '--error-rate', '+0.3', '--runs', '1');
    expect(out).toContain('Strategy direct does not look at scores: it decides as without.');
    expect(out).not.toContain('look at error');
  });

  it('says in the table that nothing is held against what was asked', async () => {
    const { out } = await run('direct', '--effect', '0.1', '--runs', '1');
    expect(out).toMatch(/^effect 0\.1 \(not looked at\) +100 %/m);
    const { out: some } = await run('direct', '--effect', '0.1', '--error-rate', '+0.3', '--runs', '1');
    expect(some).not.toContain('not looked at)');
  });

  it('plays a strategy while another one has an error, and no wrong one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-simulate-'));
    await mkdir(join(folder, 'releases/strategies'), { recursive: true });
    await cp(join(REPOSITORY, 'releases/strategies/direct.yaml'), join(folder, 'releases/strategies/direct.yaml'));
    await writeFile(join(folder, 'releases/strategies/torn.yaml'), 'canary: [\n');
    expect(await run('direct', '--repo', folder, '--runs', '1')).toMatchObject({ exitCode: 0 });
    const refused = await run('torn', '--repo', folder, '--runs', '1');
    await rm(folder, { recursive: true });
    expect(refused).toMatchObject({ exitCode: 2, err: expect.stringContaining('torn.yaml') });
  });

  it('says the same to a machine', async () => {
    const { out } = await run(...harm, '--json');
    expect(JSON.parse(out)).toMatchObject({
      strategy: 'direct',
      requestsPerHour: 2400,
      scenarios: [
        { name: 'equal', summary: { runs: 1, ends: { live: 1 } } },
        { effect: { failures: 0.3, latencyMs: 200 }, summary: { ends: { rejected: 1 }, firstSeed: 7 } },
      ],
    });
  });

  it.each([
    [['cnary'], 'there is no strategy "cnary"', 'Did you mean "canary"?'],
    [['direct', '--error-rate', 'some'], '--error-rate is a difference', '+0.02'],
    [['direct', '--latency', '50'], '--latency is a time with its unit', '+50ms; got "50"'],
    [['direct', '--error-rate', '+2'], '--error-rate is a share, and +2 would be 200 %', '--error-rate 0.02'],
    [['direct', '--degraded', '-1.5'], 'would be -150 %', '+0.02'],
    [['direct', '--runs', '0'], '--runs is a whole number from 1 to 10,000', '"0"'],
    [['direct', '--runs', '10001'], '--runs is a whole number from 1 to 10,000', '"10001"'],
    [['direct', '--requests-per-hour', '-5'], '--requests-per-hour is a whole number', '"-5"'],
  ])('refuses %j with what is wrong', async (argv, message, hint) => {
    const { err, exitCode } = await run(...argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });
});
