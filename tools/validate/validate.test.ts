import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseWorkspace } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWorkspace, loadWorkspace, readWorkspaceFolder, validateFolder } from './index.js';

const SAMPLES = resolve(fileURLToPath(import.meta.url), '../../../docs/examples');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-validate-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

describe('reading the documents of a folder', () => {
  it('finds YAML below features, models and releases, and nothing else', async () => {
    for (const path of ['features/sources/a.yaml', 'models/m/model.yaml', 'releases/prod/m.yml'])
      await put(path, 'a: 1\n');
    for (const path of ['features/README.md', 'models/m/train.py', 'releases/prod/root.json', 'other/x.yaml', 'x.yaml'])
      await put(path, 'b');
    for (const skipped of ['models/m/node_modules/p/x.yaml', 'models/m/.venv/x.yaml', 'features/.git/x.yaml'])
      await put(skipped, 'c: 1');
    const files = await readWorkspaceFolder(root);
    expect([...files.keys()]).toEqual(['features/sources/a.yaml', 'models/m/model.yaml', 'releases/prod/m.yml']);
    expect(files.get('features/sources/a.yaml')).toBe('a: 1\n');
  });

  it('follows a linked file, but no linked folder, which may lead round in a circle', async () => {
    await put('features/sources/a.yaml', 'a: 1\n');
    await symlink(join(root, 'features/sources/a.yaml'), join(root, 'features/sources/b.yaml'));
    await symlink(join(root, 'features'), join(root, 'features/loop'));
    expect([...(await readWorkspaceFolder(root)).keys()]).toEqual([
      'features/sources/a.yaml',
      'features/sources/b.yaml',
    ]);
  });

  it('refuses a folder that is no repository, and says how to get one', async () => {
    await put('src/main.c', '');
    await expect(readWorkspaceFolder(root)).rejects.toMatchObject({
      code: 'input/not-a-repository',
      hint: expect.stringContaining('signalbox init'),
    });
    await expect(readWorkspaceFolder(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'input/not-a-repository' });
  });

  it('turns bytes that are not UTF-8 into a finding', async () => {
    await put('releases/prod/m.yaml', new Uint8Array([0x76, 0x3a, 0x20, 0xff, 0xfe]));
    const { findings } = await validateFolder(root);
    expect(findings).toMatchObject([
      { code: 'yaml/encoding', place: { file: 'releases/prod/m.yaml', line: 1, column: 4 } },
    ]);
  });
});

describe('the documents of a valid repository', () => {
  it('load as a workspace', async () => {
    await cp(SAMPLES, root, { recursive: true });
    expect([...(await loadWorkspace(root)).models.keys()]).toEqual(['card-fraud']);
  });

  it('are described in sentences', async () => {
    expect(describeWorkspace(await validateFolder(SAMPLES))).toBe(
      'All 23 documents are valid: 1 source, 1 entity, 2 feature views, 1 model, 3 version records, 2 environments, 1 hold, ' +
        '1 freeze, 1 confirmation, 4 metrics, 3 strategies, 1 policy, 2 releases.\nprod wants version 2 of card-fraud.\n' +
        'staging wants version 3 of card-fraud.\n',
    );
    expect(describeWorkspace(parseWorkspace(new Map()))).toBe('No documents yet.\n');
    const one = new Map([['features/entities/card.yaml', 'description: d\nkeys: [{ name: card, type: string }]\n']]);
    expect(describeWorkspace(parseWorkspace(one))).toBe('The one document is valid: 1 entity.\n');
  });

  it('are described after their warnings', async () => {
    await cp(SAMPLES, root, { recursive: true });
    await put('releases/prod/card-fraud.yaml', 'version: 3\nstrategy: canary\n');
    expect(describeWorkspace(await validateFolder(root))).toMatch(
      /^releases\/prod\/card-fraud\.yaml:1:10 {2}warning {2}version: version 3 is held in "prod".*\n[\s\S]*\n\nAll 23 documents are valid/,
    );
  });
});

describe('the documents of a wrong repository', () => {
  it('refuse to load, with every finding', async () => {
    await cp(SAMPLES, root, { recursive: true });
    await put('features/entities/card.yaml', 'keys: 5\n');
    await put('releases/prod/card-fraud.yaml', 'version: 0\nstrategy: canary\n');
    const error: unknown = await loadWorkspace(root).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'input/invalid-documents',
      message: 'expected valid documents, found 3 errors in 2 files',
    });
  });

  it('are told of files that a model names and that are not there', async () => {
    await cp(SAMPLES, root, { recursive: true });
    await rm(join(root, 'models/card-fraud/requirements.lock'));
    await rm(join(root, 'models/card-fraud/README.md'));
    expect((await validateFolder(root)).findings).toMatchObject([
      { severity: 'error', place: { line: 23, column: 15, field: 'training.lockFiles[0]' } },
      {
        severity: 'warning',
        place: { field: 'runbook' },
        message: 'there is no file "models/card-fraud/README.md" in the repository',
      },
    ]);
    const card = await readFile(join(SAMPLES, 'models/card-fraud/model.yaml'), 'utf8');
    await put(
      'models/card-fraud/model.yaml',
      card
        .replace(/lockFiles: .*/, 'lockFiles: [../../etc/hostname]')
        .replace(/runbook: .*/, 'runbook: https://example.org'),
    );
    expect((await validateFolder(root)).findings).toMatchObject([
      { message: 'there is no file "../../etc/hostname" in the repository' },
    ]);
  });
});
