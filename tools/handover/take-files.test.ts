import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeFiles } from './take-files.js';

describe('taking files of a hostile folder', () => {
  let root: string;
  let folder: string;
  let into: string;
  const EXPECTED = { 'model.onnx': { maxBytes: 1000 }, 'trainer.log': { maxBytes: 10, optional: true } };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-take-'));
    [folder, into] = [join(root, 'theirs'), join(root, 'ours')];
    await mkdir(folder);
    await mkdir(into);
    await writeFile(join(root, 'secret'), 'secret');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const take = () => takeFiles({ folder, into, expected: EXPECTED });
  const refusedFor = (message: string) =>
    expect(take()).rejects.toMatchObject({ code: 'handover/refused', message: expect.stringContaining(message) });

  it('copies and hashes what is expected, and only that', async () => {
    await writeFile(join(folder, 'model.onnx'), 'abc');
    const taken = await take();
    expect([...taken.keys()]).toEqual(['model.onnx']);
    const { digest, path, sizeBytes } = taken.get('model.onnx')!;
    expect({ digest, sizeBytes }).toEqual({
      digest: `sha256:${createHash('sha256').update('abc').digest('hex')}`,
      sizeBytes: 3,
    });
    // The original may change afterwards: the copy is ours.
    await writeFile(join(folder, 'model.onnx'), 'swapped');
    expect(await readFile(path, 'utf8')).toBe('abc');
  });

  it.each([
    ['an archive', 'model.zip', 'model.zip does not belong to it'],
    ['a name that turns the reading direction', 'a\u202exno.b', 'a\\u{202e}xno.b does not belong to it'],
    ['a name with a terminal escape', '\u001b[2Jlog', '\\u{1b}[2Jlog does not belong to it'],
    ['a verdict of its own', 'verdict.json', 'verdict.json does not belong to it'],
    ['a hidden file', '.git', '.git does not belong to it'],
  ])('refuses %s, and names it as it is', async (_what, name, message) => {
    await writeFile(join(folder, 'model.onnx'), 'abc');
    await writeFile(join(folder, name), 'x');
    await refusedFor(message);
  });

  it('follows no symbolic link, neither of a file nor of the folder', async () => {
    await symlink(join(root, 'secret'), join(folder, 'model.onnx'));
    await refusedFor('model.onnx is a symbolic link');
    await symlink('/dev/zero', join(folder, 'trainer.log'));
    await refusedFor('is a symbolic link');
    await symlink(folder, join(root, 'linked'));
    await expect(takeFiles({ folder: join(root, 'linked'), into, expected: EXPECTED })).rejects.toMatchObject({
      code: 'handover/refused',
      message: expect.stringContaining('it is not a folder'),
    });
    expect(await readdir(into)).toEqual([]);
  });

  it('takes no hard link: it may be a file of somebody else that changes later', async () => {
    await link(join(root, 'secret'), join(folder, 'model.onnx'));
    await refusedFor('model.onnx has 2 links');
  });

  it('waits for no pipe and reads no folder', async () => {
    execFileSync('mkfifo', [join(folder, 'model.onnx')]);
    await refusedFor('model.onnx is not a regular file');
    await rm(join(folder, 'model.onnx'));
    await mkdir(join(folder, 'model.onnx'));
    await refusedFor('model.onnx is not a regular file');
  });

  it('reads nothing of a file that is too large, however little disk it takes', async () => {
    await writeFile(join(folder, 'model.onnx'), '');
    await truncate(join(folder, 'model.onnx'), 100 * 2 ** 30);
    await refusedFor('model.onnx has more than 1,000 bytes');
    expect(await readdir(into)).toEqual([]);
  });

  it('says what is missing', async () => {
    await refusedFor('model.onnx is not there');
    await rm(folder, { recursive: true });
    await refusedFor('it is not a folder');
  });
});
