import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { BOT, commitFiles, commitTree, GitRepository, LocalForge, runPlumbingLine } from '../../forge/index.js';
import { branchOfRecords, commitRecords, type Records, type Where } from './commit-records.js';

const PATH = 'models/late/versions/1.yaml';

/** A record of nothing in particular: only its text matters here. */
const recordsOf = (judged: string): Records => ({ judged, texts: new Map([[PATH, 'package: {}\n']]), outcomes: [] });

describe('records on a branch', () => {
  let template: TestRepository;
  let judged: string;
  let where: Where;
  let forge: LocalForge;

  beforeAll(async () => {
    template = await createTestRepository();
    await template.commit({ 'a.yaml': 'a: 1\n' });
    await template.git.run(['switch', '--quiet', '-c', 'candidate']);
    judged = await template.commit({ 'a.yaml': 'a: 2\n' });
    forge = await LocalForge.open(template.forge);
    where = { forge, git: await GitRepository.open(template.forge), identity: BOT, branch: 'candidate' };
  });
  afterAll(() => template.remove());

  const moveTo = (branch: string, commit: string) =>
    runPlumbingLine(template.forge, ['update-ref', `refs/heads/${branch}`, commit]);
  beforeEach(() => moveTo('candidate', judged));

  /** What a cut left behind, and what somebody who can push could make of it. */
  async function ownAndPlanted() {
    const { commit } = await commitRecords(where, recordsOf(judged));
    const tree = await runPlumbingLine(template.forge, ['rev-parse', `${commit}^{tree}`]);
    const message = await runPlumbingLine(template.forge, ['log', '-1', '--format=%B', commit]);
    const aside = await commitFiles(template.forge, { parent: judged, files: new Map(), message: 'x', author: BOT });
    const made = (parents: readonly string[], words: string) =>
      commitTree(template.forge, { tree, parents, message: words, author: BOT });
    const planted = {
      'a second parent': await made([judged, aside], message),
      'other words': await made([judged], `${message}\n\nRe-promote: prod/late@sha256:0`),
      'a commit between': await made([aside], message),
    };
    return { commit, planted };
  }

  it('are not committed twice', async () => {
    const { commit } = await ownAndPlanted();
    expect(await commitRecords(where, recordsOf(judged))).toEqual({ commit, changed: false });
  });

  it('are taken for made only where they are one commit of ours on top of what was judged', async () => {
    const { commit, planted } = await ownAndPlanted();
    for (const [what, tip] of Object.entries(planted)) {
      await moveTo('candidate', tip);
      await expect(commitRecords(where, recordsOf(judged)), what).rejects.toMatchObject({ code: 'release/refused' });
    }
    const of = (branch: string) => branchOfRecords({ ...where, branch }, recordsOf(judged));
    await moveTo('signalbox/pull-1-own', commit);
    expect(await of('signalbox/pull-1-own')).toEqual({ branch: 'signalbox/pull-1-own', commit, changed: false });
    for (const [name, tip] of Object.entries(planted).map(([, at], i) => [`signalbox/pull-2-${i}`, at] as const)) {
      await moveTo(name, tip);
      expect(await of(name)).toMatchObject({ branch: `${name}-2`, changed: true });
      expect(await of(name)).toMatchObject({ branch: `${name}-2`, changed: false });
    }
  });

  it('find another branch where somebody has taken the folder of theirs, and find it again', async () => {
    const of = () => branchOfRecords({ ...where, branch: 'records/pull-1' }, recordsOf(judged));
    await moveTo('records', judged);
    expect(await of()).toMatchObject({ branch: 'records.pull-1', changed: true });
    expect(await of()).toMatchObject({ branch: 'records.pull-1', changed: false });
  });
});
