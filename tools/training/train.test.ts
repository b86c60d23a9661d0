import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetRecord, Model } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../../tests/support/tiny-model.js';
import { listRuns } from '../tracking/index.js';
import { type TrainRequest, train } from './train.js';

const FEATURES = ['request.distance', 'request.hour'];
let root: string;
let repo: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-training-'));
  repo = join(root, 'repo');
  await mkdir(join(repo, 'models', 'tiny'), { recursive: true });
  execFileSync('git', ['init', '--quiet', repo]);
  await writeFile(join(repo, 'lock.json'), '{}');
  await writeFile(join(root, 'good.onnx'), tinyModel({ features: 2 }));
  await writeFile(join(root, 'wide.onnx'), tinyModel({ features: 3 }));
  await writeFile(join(root, 'one-row.onnx'), tinyModel({ features: 2, rows: 1 }));
  await writeFile(join(root, 'other-input.onnx'), tinyModel({ features: 2, input: 'x' }));
  await writeFile(join(root, 'other-output.onnx'), tinyModel({ features: 2, output: 'y' }));
  await writeFile(join(root, 'cut.onnx'), tinyModel({ features: 2 }).slice(0, 150));
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** A trainer is a shell script; `give` copies a prepared model to where the contract says. */
const script = (text: string) => ['sh', '-c', text];
const give = (file: string) => `cp "${root}/${file}" "$SIGNALBOX_OUTPUT/model.onnx"`;

function request(command: readonly string[], changes: { timeout?: string; signal?: AbortSignal; seed?: number } = {}) {
  const training = {
    command: [...command],
    period: { from: '2001-01-01', to: '2001-02-01' },
    parameters: { depth: 3 },
    seed: changes.seed ?? 5,
    timeout: changes.timeout ?? '20s',
    lockFiles: ['lock.json'],
  };
  const serving = { input: 'features', output: { tensor: 'score', column: 0 }, timeout: '150ms' };
  const record = { file: { digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 1 }, features: `sha256:${'b'.repeat(64)}` };
  const made: TrainRequest = {
    repo,
    name: 'tiny',
    model: { training, serving } as unknown as Model,
    commit: 'c'.repeat(40),
    dataset: { record: record as unknown as DatasetRecord, digest: `sha256:${'d'.repeat(64)}`, path: '/data.parquet' },
    features: FEATURES,
    store: openBlobStore(join(root, 'store')),
    workFolder: join(root, 'work'),
    env: { PATH: process.env.PATH, GITHUB_TOKEN: 'secret', LC_ALL: 'C' },
    signal: changes.signal ?? new AbortController().signal,
    wallNow: () => Date.UTC(2026, 0, 1),
  };
  return made;
}

describe('a trainer that works', () => {
  it('gets the environment of the contract, its own folder, and none of our secrets', async () => {
    const { run, cached } = await train(
      request(
        script(`env > "${root}/env.txt"; pwd > "${root}/pwd.txt"
          cat "$SIGNALBOX_PARAMETERS" "$SIGNALBOX_FEATURES" > "${root}/inputs.txt"
          echo '{"loss": 0.5}' > "$SIGNALBOX_OUTPUT/metrics.json"; ${give('good.onnx')}`),
      ),
    );
    const env = await readFile(join(root, 'env.txt'), 'utf8');
    for (const line of ['SIGNALBOX_DATASET=/data.parquet', 'SIGNALBOX_SEED=5', 'SIGNALBOX_LABEL=label', 'TZ=UTC']) {
      expect(env).toContain(line);
    }
    expect(env).not.toContain('secret');
    expect((await readFile(join(root, 'pwd.txt'), 'utf8')).trim().endsWith('models/tiny')).toBe(true);
    const inputs = await readFile(join(root, 'inputs.txt'), 'utf8');
    expect(inputs).toContain('"depth": 3');
    expect(inputs).toContain('request.distance');
    expect(cached).toBe(false);
    expect(run).toMatchObject({ model: 'tiny', reported: { loss: 0.5 }, seed: 5, parameters: { depth: 3 } });
    expect(run.id).toMatch(/^tiny-[0-9a-f]{12}$/);
  });

  it('is not run again for the same inputs, and is for another seed or another file of code', async () => {
    const counting = script(`echo x >> "${root}/count.txt"; ${give('good.onnx')}`);
    const runs = async () => (await readFile(join(root, 'count.txt'), 'utf8')).length / 2;
    const first = await train(request(counting));
    const again = await train(request(counting));
    expect(again).toEqual({ run: first.run, cached: true });
    expect(await runs()).toBe(1);
    await train(request(counting, { seed: 6 }));
    expect(await runs()).toBe(2);
    await writeFile(join(repo, 'models/tiny/README.md'), 'words change nothing');
    await train(request(counting));
    expect(await runs()).toBe(2);
    await writeFile(join(repo, 'models/tiny/code.ts'), 'code does');
    await train(request(counting));
    expect(await runs()).toBe(3);
    await rm(join(repo, 'models/tiny/code.ts'));
    expect((await listRuns(openBlobStore(join(root, 'store')), 'tiny')).length).toBeGreaterThanOrEqual(3);
  });

  it('is trained again when the stored model is gone', async () => {
    const command = script(give('good.onnx'));
    const { run } = await train(request(command));
    await rm(join(root, 'store', 'blobs', run.onnx.digest.replace(':', '/')), { force: true });
    expect((await train(request(command))).cached).toBe(false);
  });

  it('is measured: processor time and memory of its children too', async () => {
    const busy = 'const a = Buffer.alloc(200e6, 1); const end = Date.now() + 400; while (Date.now() < end);';
    const { run } = await train(request(script(`${give('good.onnx')}; "${process.execPath}" -e '${busy}'`)));
    expect(run.cpuSeconds).toBeGreaterThan(0.2);
    expect(run.wallSeconds).toBeGreaterThan(0.4);
    expect(run.peakBytes).toBeGreaterThan(200e6);
  });

  it('leaves no draft behind', async () => {
    await rm(join(root, 'work'), { recursive: true, force: true });
    await train(request(script(`: clean; ${give('good.onnx')}`)));
    expect(await readdir(join(root, 'work'))).toEqual([]);
  });
});

describe('a trainer that fails', () => {
  const refused: [string, () => readonly string[], string, RegExp][] = [
    [
      'a command that is not there',
      () => ['no-such-trainer'],
      'environment/missing-tool',
      /`no-such-trainer` was not found/,
    ],
    ['a file that cannot be run', () => [join(root, 'good.onnx')], 'environment/missing-tool', /cannot be executed/],
    [
      'an exit code',
      () => script('echo first; echo "bad column" >&2; exit 3'),
      'training/failed',
      /exit code 3[\s\S]*bad column/,
    ],
    ['a signal', () => script('kill -TERM $$'), 'training/failed', /exit code 143|ended by SIGTERM/],
    ['no model', () => script(':'), 'training/failed', /left no model\.onnx/],
    ['a folder for a model', () => script('mkdir "$SIGNALBOX_OUTPUT/model.onnx"'), 'training/failed', /left no model/],
    ['an empty model', () => script('touch "$SIGNALBOX_OUTPUT/model.onnx"'), 'training/failed', /model\.onnx is empty/],
    ['a cut model', () => script(give('cut.onnx')), 'training/failed', /not a whole ONNX model/],
    [
      'text for a model',
      () => script('echo hello > "$SIGNALBOX_OUTPUT/model.onnx"'),
      'training/failed',
      /not a whole ONNX/,
    ],
    [
      'the wrong width',
      () => script(give('wide.onnx')),
      'training/failed',
      /FLOAT \[rows, 2\], it is FLOAT \[any, 3\]/,
    ],
    ['one row only', () => script(give('one-row.onnx')), 'training/failed', /any number of rows, it takes 1/],
    ['another input', () => script(give('other-input.onnx')), 'training/failed', /one input "features".*has "x"/],
    ['another output', () => script(give('other-output.onnx')), 'training/failed', /output "score".*has "y"/],
    [
      'metrics that are no JSON',
      () => script(`${give('good.onnx')}; echo '{' > "$SIGNALBOX_OUTPUT/metrics.json"`),
      'training/failed',
      /metrics\.json is not JSON/,
    ],
    [
      'metrics that are no numbers',
      () => script(`${give('good.onnx')}; echo '{"auc": "high"}' > "$SIGNALBOX_OUTPUT/metrics.json"`),
      'training/failed',
      /"auc" is "high", not a number/,
    ],
  ];
  it.each(refused)('is refused with a clear error: %s', async (...[, command, code, message]) => {
    await expect(train(request(command()))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.any(String),
    });
  });

  it('is named when its program is not there, in our words and not in those of a shell', async () => {
    await expect(train(request(['no-such-trainer', '--fast']))).rejects.toMatchObject({
      message: "the trainer's program `no-such-trainer` was not found",
      hint: 'Install `no-such-trainer` so that it is on the PATH, or correct `training.command` in model.yaml.',
    });
  });

  it('is not called missing itself when it did not find a program that it needs', async () => {
    await expect(train(request(script('echo before; no-such-tool')))).rejects.toMatchObject({
      code: 'training/failed',
      message: expect.stringMatching(/exit code 127\n.*before\n.*no-such-tool/),
    });
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full when the trainer meets a full disk', async () => {
    const command = script('cp /etc/passwd /dev/full');
    await expect(train(request(command))).rejects.toMatchObject({
      code: 'store/unavailable',
      message: expect.stringMatching(/disk is full/),
      retryable: true,
    });
  });

  it('keeps the log of a failed run and names it', async () => {
    const error = (await train(request(script('echo why; exit 1'))).catch((thrown: unknown) => thrown)) as {
      hint: string;
    };
    const path = /whole log is (\S+)\.$/.exec(error.hint)?.[1];
    expect(await readFile(path ?? '', 'utf8')).toBe('why\n');
  });

  it('names the lock file that is missing', async () => {
    await rm(join(repo, 'lock.json'));
    await expect(train(request(script(give('good.onnx'))))).rejects.toMatchObject({
      code: 'input/unknown-reference',
      message: expect.stringMatching(/"lock\.json"/),
    });
    await writeFile(join(repo, 'lock.json'), '{}');
  });
});

describe('a trainer that does not end', () => {
  const pidOf = async (file: string) => Number((await readFile(join(root, file), 'utf8')).trim());
  const isAlive = (pid: number) => {
    // A zombie is gone; whoever adopted it just has not looked yet.
    const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
    return state.trim() !== '' && !state.startsWith('Z');
  };
  const goneSoon = (pid: number) => expect.poll(() => isAlive(pid), { timeout: 3000 }).toBe(false);

  it('is ended with its children after its timeout', async () => {
    const command = script(`sleep 60 & echo $! > "${root}/slow.pid"; wait`);
    await expect(train(request(command, { timeout: '1s' }))).rejects.toMatchObject({
      code: 'training/failed',
      message: expect.stringMatching(/did not end within 1s/),
    });
    await goneSoon(await pidOf('slow.pid'));
  });

  it('is ended although it ignores the request to leave', async () => {
    const command = script(`trap "" TERM; echo $$ > "${root}/stubborn.pid"; while :; do sleep 0.1; done`);
    await expect(train(request(command, { timeout: '1s' }))).rejects.toThrow(/did not end/);
    await goneSoon(await pidOf('stubborn.pid'));
  });

  it('is ended when the command is interrupted', async () => {
    await rm(join(root, 'work'), { recursive: true });
    const stop = new AbortController();
    const command = script(`echo $$ > "${root}/stopped.pid"; sleep 60`);
    const stopped = expect(train(request(command, { signal: stop.signal }))).rejects.toThrow(/was stopped/);
    await expect.poll(() => pidOf('stopped.pid').catch(() => 0), { timeout: 20_000 }).toBeGreaterThan(0);
    stop.abort();
    await stopped;
    await goneSoon(await pidOf('stopped.pid'));
    expect(await readdir(join(root, 'work'))).toEqual([]);
  });

  it('leaves no process in the background when it ends itself', async () => {
    const command = script(`sleep 60 & echo $! > "${root}/background.pid"; ${give('good.onnx')}`);
    await train(request(command));
    await goneSoon(await pidOf('background.pid'));
  });
});
