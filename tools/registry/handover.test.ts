import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertSameCandidate, takeHandover } from './handover.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const RUN = {
  schema: 'signalbox/run/1',
  id: 'dispute-0123456789ab',
  model: 'dispute',
  commit: 'c'.repeat(40),
  dataset: DIGEST,
  features: DIGEST,
  codeTree: DIGEST,
  environment: DIGEST,
  parameters: { depth: 3 },
  seed: 1,
  onnx: { digest: DIGEST, sizeBytes: 3 },
  reported: { loss: 0.5 },
  cpuSeconds: 1,
  peakBytes: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  wallSeconds: 1,
};

describe('what a train job left', () => {
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-handover-'));
    folder = join(root, 'theirs');
    await mkdir(folder);
    await put({ 'model.onnx': 'abc', 'run.json': JSON.stringify(RUN) });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function put(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  }
  const take = async () => takeHandover(folder, await mkdtemp(join(root, 'ours-')));
  const refusedFor = (message: string) =>
    expect(take()).rejects.toMatchObject({ code: 'handover/refused', message: expect.stringContaining(message) });

  it('is a model by its own digest, claims, and the end of a log that shows what it hides', async () => {
    await put({ 'trainer.log': `${'epoch\n'.repeat(500)}\u001b]0;owned\u0007::set-output name=x::y\n` });
    const { claims, log, model } = await take();
    expect(model).toMatchObject({ sizeBytes: 3 });
    expect(model.digest).not.toBe(claims.onnx.digest);
    expect(log).toHaveLength(20);
    expect(log.at(-1)).toBe('\\u{1b}]0;owned\\u{7}::set-output name=x::y');
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a verdict of its own', { 'verdict.json': '{"verdicts": []}' }, 'verdict.json does not belong to it'],
    ['a record of its own', { '1.yaml': 'package: {}' }, '1.yaml does not belong to it'],
    ['an archive', { 'model.onnx.gz': '' }, 'model.onnx.gz does not belong to it'],
    ['weights beside the model', { 'weights.bin': '' }, 'weights.bin does not belong to it'],
    ['verdicts in its claims', { 'run.json': JSON.stringify({ ...RUN, verdicts: [] }) }, 'run.json, /verdicts'],
    ['a cost below nothing', { 'run.json': JSON.stringify({ ...RUN, cpuSeconds: -1 }) }, 'run.json, /cpuSeconds'],
    ['a name that leads elsewhere', { 'run.json': JSON.stringify({ ...RUN, id: '../../x' }) }, 'run.json, /id'],
    ['NaN', { 'run.json': JSON.stringify(RUN).replace('0.5', 'NaN') }, 'run.json is not JSON'],
    ['a key twice', { 'run.json': JSON.stringify(RUN).replace('{', '{"seed":2,') }, 'has the key "seed" twice'],
    ['deep claims', { 'run.json': `${'{"a":'.repeat(50)}1${'}'.repeat(50)}` }, 'nested deeper than 4'],
    ['two megabytes of claims', { 'run.json': ' '.repeat(2 ** 21) }, 'run.json has more than 1,048,576 bytes'],
  ])('is refused with %s', async (_what, files, message) => {
    await put(files);
    await refusedFor(message);
  });

  it('is refused with a link in place of the model, of either kind', async () => {
    await rm(join(folder, 'model.onnx'));
    await symlink('/etc/hostname', join(folder, 'model.onnx'));
    await refusedFor('model.onnx is a symbolic link');
    await rm(join(folder, 'model.onnx'));
    await link(join(folder, 'run.json'), join(folder, 'model.onnx'));
    await refusedFor('model.onnx has 2 links');
  });

  it('is refused for another commit or model: a workflow mixed up two runs', async () => {
    const handover = await take();
    expect(() => assertSameCandidate(RUN, handover)).not.toThrow();
    expect(() => assertSameCandidate({ ...RUN, commit: 'd'.repeat(40) }, handover)).toThrow(/trained at cccccccccccc/);
    expect(() => assertSameCandidate({ ...RUN, model: 'other' }, handover)).toThrow(/a model of dispute, not of other/);
  });
});
