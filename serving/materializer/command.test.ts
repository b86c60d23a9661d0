import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleView } from '../stores/conformance/online-store.js';
import { LmdbOnlineStore, LocalEventLog } from '../stores/index.js';

const DIST = resolve(import.meta.dirname, '../dist/materializer/index.js');

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-materialize-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<{ code: number | null; errors: string }>;
}

function start(...args: string[]): Run {
  const script = `
    import { runMaterializerCommand } from ${JSON.stringify(DIST)};
    process.exitCode = await runMaterializerCommand(process.argv.slice(1));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...args]);
  children.push(child);
  const lines: string[] = [];
  let errors = '';
  child.stdout.on('data', (chunk) => lines.push(...String(chunk).trimEnd().split('\n')));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const ended = new Promise<{ code: number | null; errors: string }>((done) =>
    child.on('close', (code) => done({ code, errors })),
  );
  return { child, lines, ended };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await new Promise((turn) => setTimeout(turn, 5));
  }
}

const stores = () => ['--online', join(folder, 'online'), '--log', join(folder, 'log')];

describe('signalbox-pod materialize', () => {
  it('follows the log, lets no second one in, and ends on SIGTERM with what it had read committed', async () => {
    const online = new LmdbOnlineStore(join(folder, 'online'));
    const log = new LocalEventLog(join(folder, 'log'));
    await online.registerView(exampleView('sha256:a'), {});
    const first = start(...stores());
    await until(() => first.lines.length > 0);
    await log.append('flights', [{ eventTs: 1, arrivalTs: 1, key: 'k', row: { date: 1, origin: 'ATL' } }]);
    await until(() => online.appliedOffsets('sha256:a')?.[0] === 1);
    const second = start(...stores());
    const refused = await second.ended;
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.errors)).toMatchObject({
      code: 'store/unavailable',
      error: expect.stringContaining(`process ${first.child.pid}`),
    });
    const stoppedAt = performance.now();
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect(JSON.parse(first.lines.at(-1)!)).toMatchObject({ consumed: 1, applied: 1, stopped: true });
    expect(existsSync(join(folder, 'online', '.materializer.lock'))).toBe(false);
    await online.close();
    await log.close();
  }, 30_000);

  it('starts again after it was killed', async () => {
    const first = start(...stores());
    await until(() => first.lines.length > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start(...stores(), '--once');
    expect(await second.ended).toEqual({ code: 0, errors: '' });
  }, 30_000);

  it('says how it is called when it is called wrongly', async () => {
    const { code, errors } = await start('--online', folder).ended;
    expect(code).toBe(2);
    expect(JSON.parse(errors)).toMatchObject({ code: 'input/bad-argument', hint: expect.stringContaining('--log') });
  });
});
