import type { Verdict, VersionRecord } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { emptyWorkspace } from '../../tests/support/release-world.js';
import type { Judged } from './judge.js';
import { assertCanShow, branchToPropose } from './own-commit.js';
import type { Pipeline } from './pipeline.js';

describe('a branch that has no commit of its own', () => {
  let repository: TestRepository;
  let base: string;
  beforeAll(async () => {
    repository = await createTestRepository();
    base = await repository.commit({ 'a.txt': 'a' });
  });
  afterAll(() => repository.remove());

  const asked = (kind: 'github' | 'local', versions: number) => {
    const records = new Map(Array.from({ length: versions }, (_, at) => [at + 1, {} as VersionRecord]));
    const workspace = { ...emptyWorkspace, versions: new Map([['late', records]]) };
    const pipeline = { git: repository.git, model: 'late' } as Pipeline;
    return branchToPropose(pipeline, { forge: { kind }, judge: { commit: base, workspace, findings: [] }, name: 'b' });
  };
  const refusal = { code: 'release/refused', hint: expect.stringMatching(/another training[.]seed.*--allow-empty/) };

  it('may bring a first version, whose record is a commit, on a local forge', async () => {
    expect(await asked('local', 0)).toEqual({ name: 'b', hasOwnCommit: false });
  });

  it('is refused for a second version, and on GitHub, where the pull request comes before the record', async () => {
    await expect(asked('local', 1)).rejects.toMatchObject(refusal);
    await expect(asked('github', 0)).rejects.toMatchObject(refusal);
  });

  it('says what the gates refuse where there is nothing to open a pull request of', () => {
    const verdicts = [...'abcdefg'].map(
      (id): Verdict => ({ id, verdict: id === 'a' ? 'pass' : 'fail', sentence: `too ${id}` }) as Verdict,
    );
    const judged = { letThrough: false, verdict: { model: 'late' }, verdicts } as unknown as Judged;
    const branch = { name: 'first', hasOwnCommit: false };
    expect(() => assertCanShow(branch, judged)).toThrow(
      'the gates refuse this candidate of late, and the branch "first" has no commit to open a pull request of\nb: too b\nc: too c\nd: too d\ne: too e\nf: too f\nand 1 more',
    );
    expect(() => assertCanShow({ ...branch, hasOwnCommit: true }, judged)).not.toThrow();
    expect(() => assertCanShow(branch, { ...judged, letThrough: true })).not.toThrow();
  });

  it('is one as soon as it has one', async () => {
    await repository.git.run(['commit', '--quiet', '--allow-empty', '-m', 'Train it again']);
    expect(await asked('github', 1)).toEqual({ name: 'b', hasOwnCommit: true });
  });
});
