import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metric } from '@signalbox/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { commandEnvironment, parseReading, readCommand } from './command.js';
import { MAX_OUTPUT_BYTES, runProgram } from './run-program.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'signalbox-command-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
const SUBJECT = {
  ...{ environment: 'prod', model: 'm', version: 2, serial: 7, digest: `sha256:${'0'.repeat(64)}` },
  ...{ commit: '0'.repeat(40), fromUs: 0, nowUs: 1 },
};

function run(program: string) {
  const metric: Metric = {
    kind: 'command',
    description: 'd',
    better: 'higher',
    command: [process.execPath, '-e', program],
    timeout: '20s',
  };
  return readCommand(metric, {
    cwd: FOLDER,
    env: { PATH: process.env.PATH, SIGNALBOX_KEYS: 'secret' },
    subject: SUBJECT,
  });
}

describe('a program that says a metric', () => {
  it('runs in its folder, is told what is asked, and sees nothing of ours that could be a secret', async () => {
    const said = await run(`
      const { SIGNALBOX_ENVIRONMENT: e, SIGNALBOX_MODEL: m, SIGNALBOX_VERSION: v, SIGNALBOX_SERIAL: s } = process.env;
      const right = e === 'prod' && m === 'm' && v === '2' && s === '7' && process.env.SIGNALBOX_KEYS === undefined;
      console.log(JSON.stringify({ successes: right ? 1 : 0, total: process.cwd().length }));
    `);
    expect(said).toMatchObject({ kind: 'rate', successes: 1 });
  });

  it('has no shell: what would be one stands in its arguments as it is written', async () => {
    const metric: Metric = {
      ...{ kind: 'command', description: 'd', better: 'higher', timeout: '20s' },
      command: [process.execPath, '-p', 'process.argv[1].length', '$(echo 1); `id` | cat'],
    };
    expect(await readCommand(metric, { cwd: FOLDER, env: {}, subject: SUBJECT })).toEqual({
      kind: 'number',
      value: 21,
    });
  });

  it.each([
    ['ends with an error', 'console.error("no database"); process.exit(3)', 'ended with status 3: no database'],
    ['is killed', 'process.kill(process.pid, "SIGTERM")', 'ended with status SIGTERM'],
    ['prints no JSON', 'console.log("about 3")', 'printed no JSON value'],
    ['prints nothing', '', 'printed no JSON value'],
    [
      'prints too much',
      `process.stdout.write("1".repeat(${MAX_OUTPUT_BYTES + 1}))`,
      `more than ${MAX_OUTPUT_BYTES} bytes`,
    ],
  ])('gives no value when it %s', async (_name, program, words) => {
    expect(await run(program)).toMatchObject({
      kind: 'problem',
      verdict: 'error',
      sentence: expect.stringContaining(words),
    });
  });

  it('ends at its time limit, with everything that it started', async () => {
    const program = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' });
      setInterval(() => 0, 1000);
    `;
    const place = { cwd: FOLDER, env: {}, timeoutMs: 300 };
    const ended = await runProgram([process.execPath, '-e', program], place);
    expect(ended).toEqual({ failure: 'took longer than 0.3 s' });
  });

  it('leaves nothing behind that would hold its pipes open', async () => {
    const program = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' }).unref();
      console.log(4);
      process.exit(0);
    `;
    expect(await run(program)).toEqual({ kind: 'number', value: 4 });
  });

  it('may take a month, which is more than timers know', async () => {
    const metric: Metric = {
      ...{ kind: 'command', description: 'd', better: 'higher', timeout: '30d' },
      command: ['/bin/sh', '-c', 'sleep 0.05; echo 3'],
    };
    const reading = await readCommand(metric, { cwd: FOLDER, env: process.env, subject: SUBJECT });
    expect(reading).toEqual({ kind: 'number', value: 3 });
  });

  it('is not there', async () => {
    const metric: Metric = {
      kind: 'command',
      description: 'd',
      better: 'higher',
      command: ['./nobody'],
      timeout: '1s',
    };
    const reading = await readCommand(metric, { cwd: FOLDER, env: {}, subject: SUBJECT });
    expect(reading).toMatchObject({
      kind: 'problem',
      verdict: 'error',
      sentence: expect.stringContaining('cannot be run'),
    });
  });
});

describe('what it prints', () => {
  it.each([
    ['3.5\n', { kind: 'number', value: 3.5 }],
    ['{"successes": 3, "total": 10}', { kind: 'rate', successes: 3, total: 10 }],
    ['null', { kind: 'problem', verdict: 'no-data' }],
    ['"3"', { kind: 'problem', verdict: 'error' }],
    ['[3]', { kind: 'problem', verdict: 'error' }],
    ['true', { kind: 'problem', verdict: 'error' }],
    ['{"successes": "3", "total": 10}', { kind: 'problem', verdict: 'error' }],
    ['{}', { kind: 'problem', verdict: 'error' }],
    ['NaN', { kind: 'problem', verdict: 'error' }],
    ['3 4', { kind: 'problem', verdict: 'error' }],
  ])('%s is read as it is meant', (output, reading) => {
    expect(parseReading(output)).toMatchObject(reading);
  });

  it('is told of what it may see: names that programs need, and no others', () => {
    const ours = {
      PATH: '/bin',
      HOME: '/h',
      LC_ALL: 'C',
      GITHUB_TOKEN: 't',
      AWS_SECRET_ACCESS_KEY: 's',
      PATHS: 'x',
      TZ: undefined,
    };
    expect(Object.keys(commandEnvironment(ours, SUBJECT)).sort()).toEqual([
      'HOME',
      'LC_ALL',
      'PATH',
      'SIGNALBOX_ENVIRONMENT',
      'SIGNALBOX_MODEL',
      'SIGNALBOX_SERIAL',
      'SIGNALBOX_VERSION',
    ]);
  });
});
