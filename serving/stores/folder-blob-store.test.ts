import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobStoreLaws } from './conformance/blob-store.js';
import { FolderBlobStore } from './folder-blob-store.js';
import { putBlob, putJsonBlob, readBlob, readJsonBlob } from './json-blobs.js';

const DIST = resolve(import.meta.dirname, '../dist/stores/index.js');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-blobs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function runNode(script: string, shell = ''): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    const child = spawn('bash', ['-c', `${shell} exec "${process.execPath}" --input-type=module -e "$SCRIPT"`], {
      env: { ...process.env, SCRIPT: `import { FolderBlobStore } from ${JSON.stringify(DIST)};\n${script}` },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => done({ code, output: output.trim() }));
  });
}

describe('the folder blob store keeps the laws of blob stores', () => {
  for (const law of blobStoreLaws)
    it(law.name, () => law.run({ store: new FolderBlobStore(root), another: async () => new FolderBlobStore(root) }));
});

describe('the folder blob store between processes', () => {
  it('lets exactly one of eight racing processes through, although a dead process left its lock', async () => {
    const store = new FolderBlobStore(root);
    const { etag } = await store.write('pointer', 'start');
    await leaveDeadLock(root);
    const startAt = Date.now() + 1500;
    const racers = Array.from({ length: 8 }, (_, i) =>
      runNode(`
        const store = new FolderBlobStore(${JSON.stringify(root)});
        while (Date.now() < ${startAt}) await new Promise((r) => setTimeout(r, 1));
        try { await store.write('pointer', 'racer ${i}', { ifMatch: '${etag}' }); console.log('won'); }
        catch (error) { console.log(error.code ?? String(error)); }
      `),
    );
    const outputs = (await Promise.all(racers)).map((racer) => racer.output);
    expect(outputs.filter((output) => output === 'won')).toHaveLength(1);
    expect(outputs.filter((output) => output === 'store/conflict')).toHaveLength(7);
    const winner = outputs.indexOf('won');
    expect(Buffer.from((await store.read('pointer'))!.bytes).toString()).toBe(`racer ${winner}`);
    expect(await readdir(join(root, '.locks'))).toEqual([]);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  }, 60_000);

  it('says that the disk is full or the file too large, and leaves the old object and no rest', async () => {
    await new FolderBlobStore(root).write('model', 'old');
    const { output } = await runNode(
      `try { await new FolderBlobStore(${JSON.stringify(root)}).write('model', 'x'.repeat(1_000_000)); console.log('wrote'); }
       catch (error) { console.log(JSON.stringify([error.code, error.retryable, error.hint])); }`,
      'ulimit -f 64;',
    );
    expect(JSON.parse(output)).toEqual(['store/unavailable', true, expect.stringContaining('ulimit')]);
    expect(await readFile(join(root, 'model'), 'utf8')).toBe('old');
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  it('says that a file stands where its folder should be', async () => {
    const path = join(root, 'file');
    await writeFile(path, '');
    await expect(new FolderBlobStore(path).write('a', 'x')).rejects.toMatchObject({ code: 'store/unavailable' });
    expect(await new FolderBlobStore(path).read('a')).toBeNull();
  });

  it('waits for a living holder and names it when the wait is over', async () => {
    const { acquireFileLock } = await import('./file-lock.js');
    const path = join(root, 'lock');
    const held = await acquireFileLock(path, { waitMs: 0, guards: 'the thing' });
    await expect(acquireFileLock(path, { waitMs: 30, guards: 'the thing' })).rejects.toMatchObject({
      code: 'store/unavailable',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await held.release();
    await (await acquireFileLock(path, { waitMs: 0, guards: 'the thing' })).release();
    expect(await readdir(root)).toEqual([]);
  });
});

describe('content-addressed blobs', () => {
  it('come back verified, and a changed byte is found', async () => {
    const store = new FolderBlobStore(root);
    const digest = await putBlob(store, 'weights');
    expect(await putBlob(store, 'weights')).toBe(digest);
    expect(Buffer.from(await readBlob(store, digest)).toString()).toBe('weights');
    await writeFile(join(root, 'blobs', digest.replace(':', '/')), 'weightz');
    await expect(readBlob(store, digest)).rejects.toMatchObject({ code: 'store/corrupt' });
    await expect(readBlob(store, `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'store/not-found' });
  });

  it('give one digest to equal JSON values, whatever the order of their keys', async () => {
    const store = new FolderBlobStore(root);
    const digest = await putJsonBlob(store, { b: 1, a: [true, null] });
    expect(await putJsonBlob(store, { a: [true, null], b: 1 })).toBe(digest);
    expect(await readJsonBlob(store, digest)).toEqual({ a: [true, null], b: 1 });
  });
});

/** A lock file of a process that has ended, on the key `pointer`. */
async function leaveDeadLock(folder: string): Promise<void> {
  const pid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  const name = (await import('node:crypto')).createHash('sha256').update('pointer').digest('hex');
  await mkdir(join(folder, '.locks'), { recursive: true });
  const holder = { id: 'dead', pid, started: '1', host: hostname() };
  await writeFile(join(folder, '.locks', name), JSON.stringify(holder));
}
