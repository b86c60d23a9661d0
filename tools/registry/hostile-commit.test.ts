import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workspace } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { commitFiles, runPlumbing } from '../forge/index.js';
import { assertBoundedTree } from '../handover/index.js';
import { openCommitAsData } from './commit-as-data.js';
import { assertOwnData, linkMainData } from './data-paths.js';
import { foreignRecords } from './speak/foreign-records.js';

const NO_BOUND = { files: 1e9, bytes: 1e9, documentBytes: 1e9 } as const;

describe('a commit of somebody else', () => {
  let world: TestRepository;
  let commit: string;
  beforeAll(async () => {
    world = await createTestRepository();
    await mkdir(join(world.folder, 'models/m'), { recursive: true });
    await symlink('/etc/passwd', join(world.folder, 'models/m/data.csv'));
    await symlink('/etc', join(world.folder, 'features'));
    await mkdir(join(world.folder, '.git/hooks'), { recursive: true });
    await writeFile(join(world.folder, '.git/hooks/post-checkout'), '#!/bin/sh\ntouch "$PWD/hooked"\n', {
      mode: 0o755,
    });
    commit = await world.commit({
      'models/m/model.yaml': 'a: 1\n',
      'models/m/big.yaml': 'b'.repeat(500),
      'big.bin': 'x',
    });
    await world.commit({ 'later.txt': 'x' });
  });
  afterAll(() => world.remove());

  it('is files to read: no link leads out of it, and nothing runs', async () => {
    const copy = await openCommitAsData(world.git, commit, join(world.folder, '.signalbox'));
    expect(copy.folder).not.toBe(world.folder);
    expect(await readFile(join(copy.folder, 'models/m/data.csv'), 'utf8')).toBe('/etc/passwd');
    expect(await readFile(join(copy.folder, 'features'), 'utf8')).toBe('/etc');
    await expect(readFile(join(copy.folder, 'hooked'))).rejects.toMatchObject({ code: 'ENOENT' });
    await copy.remove();
    expect(existsSync(copy.folder)).toBe(false);
  });

  it('is the work tree itself where that is it', async () => {
    const head = await world.git.requireCommit('HEAD');
    expect((await openCommitAsData(world.git, head, '/nowhere')).folder).toBe(world.folder);
  });

  describe('that names attributes', () => {
    const document = 'label: "disputed // ¥n || merchant < 5"\n# $Id$\n';
    const attributes = {
      encoding: 'working-tree-encoding=SHIFT_JIS',
      filter: 'filter=other',
      lines: 'text eol=crlf',
      keyword: 'ident',
    };
    const documents = Object.keys(attributes).map((name) => [name, `models/m/${name}.yaml`] as const);
    /** A commit whose files are these to the byte, whatever its attributes would have made of them. */
    const commitOf = (names: readonly (keyof typeof attributes)[]) =>
      commitFiles(world.folder, {
        parent: commit,
        files: new Map([
          ...names.map((name) => [`models/m/${name}.yaml`, document] as const),
          ['.gitattributes', names.map((name) => `models/m/${name}.yaml ${attributes[name]}\n`).join('')],
        ]),
        message: 'Say how files are read',
        author: { name: 'Mallory', email: 'm@example.com' },
      });
    beforeAll(() => runPlumbing(world.folder, ['config', 'filter.other.smudge', 'tr a-z A-Z']));

    it.each(documents)('is read as it is: %s', async (_name, path) => {
      const judged = await commitOf(['encoding', 'filter', 'lines', 'keyword']);
      const copy = await openCommitAsData(world.git, judged, join(world.folder, '.signalbox'));
      expect(await readFile(join(copy.folder, path), 'utf8')).toBe(document);
      await copy.remove();
    });

    it('is read aside, where its own work tree shows another document and Git calls that clean', async () => {
      const judged = await commitOf(['encoding']);
      await rm(join(world.folder, '.git/hooks/post-checkout'));
      await world.git.run(['switch', '--quiet', '--detach', judged]);
      expect(await world.git.changedFiles()).toEqual([]);
      const copy = await openCommitAsData(world.git, judged, join(world.folder, '.signalbox'));
      expect(copy.folder).not.toBe(world.folder);
      await copy.remove();
      await world.git.run(['switch', '--quiet', 'main']);
    });
  });

  it.each([
    ['files', 4, 'more than 4 files'],
    ['bytes', 100, 'more than 100 bytes'],
    ['documentBytes', 400, 'more than 400 bytes of documents'],
  ])('is refused with too many %s, before any is written', async (what, most, message) => {
    await expect(assertBoundedTree(world.folder, commit, { ...NO_BOUND, [what]: most })).rejects.toMatchObject({
      code: 'handover/refused',
      message: expect.stringContaining(message),
    });
    await assertBoundedTree(world.folder, commit, NO_BOUND);
  });
});

describe('data that a commit names', () => {
  const reading = (path: string) => ({ sources: new Map([['s', { data: { path } }]]) }) as unknown as Workspace;
  const main = reading('/srv/data/flights.parquet');

  it.each(['data/payments.csv', 'npm:vega-datasets/data/x.parquet', 'data/*.parquet', '/srv/data/flights.parquet'])(
    'may be %s',
    (path) => expect(() => assertOwnData(reading(path), main)).not.toThrow(),
  );

  it.each([
    '/etc/passwd',
    '../other/keys.json',
    'data/../../x',
    'npm:../../etc/passwd',
    'npm:/etc/passwd',
    's3://somebody/else',
    'http://169.254.169.254/latest',
    '/srv/data/*',
  ])('is refused where it is %s', (path) => {
    expect(() => assertOwnData(reading(path), main)).toThrow(/neither in the commit nor read by the main branch/);
  });
});

describe('data of the main branch that Git does not have', () => {
  const reading = (...paths: string[]) =>
    ({ sources: new Map(paths.map((path) => [path, { data: { path } }])) }) as unknown as Workspace;

  it('is there by the files that the main branch names, and no file beside them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-data-'));
    const [repo, copy] = [join(folder, 'repo'), join(folder, 'copy')];
    for (const name of ['a.csv', 'b.csv', 'keys.json']) {
      await mkdir(join(repo, 'data'), { recursive: true });
      await writeFile(join(repo, 'data', name), name);
    }
    await mkdir(join(copy, 'data'), { recursive: true });
    await writeFile(join(copy, 'data/b.csv'), 'its own');
    await linkMainData(copy, repo, reading('data/*.csv', 'data/missing.csv', 'none/*.csv', 'npm:x/y.csv'));
    expect((await readdir(join(copy, 'data'))).sort()).toEqual(['a.csv', 'b.csv']);
    expect(await readFile(join(copy, 'data/a.csv'), 'utf8')).toBe('a.csv');
    expect(await readFile(join(copy, 'data/b.csv'), 'utf8')).toBe('its own');
    await rm(folder, { recursive: true });
  });
});

describe('records that nobody earned', () => {
  const main = { versions: new Map([['m', new Map([[1, {}]])]]) } as unknown as Workspace;
  const found = (...changedPaths: string[]) =>
    foreignRecords({ changedPaths }, main, [
      { kind: 'recorded', model: 'm', version: 2, report: '', record: {} as never },
      { kind: 'refused', model: 'n', version: 5, report: '' },
    ]).map((one) => (one.kind === 'untrusted' ? one.sentence : ''));

  it('are told, each with what it is', () => {
    expect(found('models/m/versions/2.yaml', 'models/m/model.yaml', 'models/m/versions.yaml')).toEqual([]);
    expect(found('models/m/versions/1.yaml')[0]).toContain('records are never changed');
    for (const path of [
      'models/m/versions/3.yaml',
      'models/n/versions/5.yaml',
      'models/m/versions/02.yaml',
      'models/m/versions/2.yml',
      'models/m/versions/\u202e2.yaml',
    ])
      expect(found(path)[0]).toContain('was written by no judge');
  });
});
