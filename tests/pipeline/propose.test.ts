import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalForge } from '@signalbox/tools/forge';
import { describeProposal, type Proposal, propose } from '@signalbox/tools/registry';
import { loadWorkspace } from '@signalbox/tools/validate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProposalWorld, modelYaml, type ProposalWorld } from './proposal-world.js';

/** One repository through its life, in the order of the tests: each starts where the one before ended. */
describe('proposing versions of a model', () => {
  let world: ProposalWorld;
  let first: Proposal;
  const RECORD = 'models/dispute/versions/1.yaml';

  beforeAll(async () => {
    world = await createProposalWorld();
  });
  afterAll(() => world.remove());

  const merge = async (branch: string, files: Record<string, string> = {}) => {
    await world.switchTo('main');
    await world.git.run(['merge', '--quiet', '--no-ff', '-m', `Merge ${branch}`, branch]);
    await world.commit(files);
  };
  const verdictOf = (proposal: Proposal, id: string) => proposal.verdicts.find((verdict) => verdict.id === id)?.verdict;

  it('is refused on the main branch, before anything is computed', async () => {
    await expect(propose(world.options)).rejects.toMatchObject({
      code: 'input/bad-argument',
      message: expect.stringContaining('on main'),
    });
    expect(world.progress).toEqual([]);
  });

  it('is refused in a dirty work tree, and names the file', async () => {
    await world.switchTo('first');
    await writeFile(join(world.folder, 'models/dispute/notes.txt'), 'x');
    await expect(propose(world.options)).rejects.toMatchObject({
      code: 'git/dirty-work-tree',
      message: expect.stringContaining('notes.txt'),
    });
    await rm(join(world.folder, 'models/dispute/notes.txt'));
  });

  it('commits the record of a first version, pushes the branch and opens the pull request with the report', async () => {
    first = await propose(world.options);
    expect(first).toMatchObject({ version: 1, letThrough: true, changed: true });
    expect(verdictOf(first, 'champion/auc')).toBe('bootstrap');
    expect(verdictOf(first, 'parity/features')).toBe('pass');
    expect(verdictOf(first, 'leak/declared-time')).toBe('pass');
    expect(verdictOf(first, 'leak/replay')).toBe('pass');
    expect(first.report).toMatch(/^## ✅ dispute version 1 may be released/);
    const forge = await LocalForge.open(world.forge, Date.now);
    expect(await forge.headOf('first')).toBe(first.commit);
    const { checks, body } = await forge.getPullRequest(first.pullRequest.number);
    expect(checks['signalbox/gates']).toMatchObject({ verdict: 'pass', commit: first.commit });
    expect(body).toBe(first.report);
    expect(await world.git.changedFiles()).toEqual([]);
  });

  it('leaves a record that is a valid document and says what was trained', async () => {
    const record = (await loadWorkspace(world.folder)).versions.get('dispute')!.get(1)!;
    expect(record.package.digest).toBe(first.package);
    expect(record.commit).toBe(await world.git.requireCommit('HEAD~1'));
    expect(record.boundTo.champion).toBeNull();
    expect(record.metrics.auc?.interval).toHaveLength(2);
  });

  it('changes nothing when nothing has changed', async () => {
    const before = await readFile(join(world.folder, RECORD), 'utf8');
    const again = await propose(world.options);
    expect(again).toMatchObject({ changed: false, commit: first.commit, package: first.package });
    expect(again.pullRequest.number).toBe(first.pullRequest.number);
    expect(await readFile(join(world.folder, RECORD), 'utf8')).toBe(before);
  });

  it('gives the same package and the same record when everything is computed again', async () => {
    await rm(join(world.folder, '.signalbox/cache'), { recursive: true });
    await rm(join(world.folder, '.signalbox/store'), { recursive: true });
    const again = await propose(world.options);
    expect(again.package).toBe(first.package);
    expect(again.run).toBe(first.run);
  });

  it('refuses a branch without a commit of its own, before anything is computed', async () => {
    await merge('first', { 'releases/prod/dispute.yaml': 'version: 1\nstrategy: canary\n' });
    await world.switchTo('unchanged');
    const before = world.progress.length;
    await expect(propose(world.options)).rejects.toMatchObject({
      code: 'release/refused',
      message: 'the branch "unchanged" has no commit that the main branch does not have',
    });
    expect(world.progress).toHaveLength(before);
  });

  it('refuses a branch that changes nothing about a version on the main branch, and commits and pushes nothing', async () => {
    await world.git.run(['commit', '--quiet', '--allow-empty', '-m', 'Change nothing']);
    const head = await world.git.requireCommit('HEAD');
    await expect(propose(world.options)).rejects.toMatchObject({
      code: 'release/refused',
      message: 'version 1 of dispute is this very package already',
    });
    expect(await world.git.requireCommit('HEAD')).toBe(head);
    expect(await world.git.changedFiles()).toEqual([]);
    const forge = await LocalForge.open(world.forge, Date.now);
    await expect(forge.headOf('unchanged')).rejects.toMatchObject({ code: 'input/unknown-reference' });
    await world.switchTo('main');
  });

  it('gives a model that is trained alike a package of its own, and says what stops it in its own words', async () => {
    const read = (path: string) => readFile(join(world.folder, path), 'utf8');
    await world.switchTo('alike');
    const foreign = 'models/refund/versions/7.yaml';
    const files = ['model.yaml', 'train.mjs', 'models.json'].map(async (file) => [
      `models/refund/${file}`,
      await read(`models/dispute/${file}`),
    ]);
    await world.commit({ ...Object.fromEntries(await Promise.all(files)), [foreign]: await read(RECORD) });
    const stopped = await propose({ ...world.options, model: 'refund' });
    expect(stopped).toMatchObject({ letThrough: false, numberTaken: false, obstacles: [{ kind: 'untrusted' }] });
    expect(describeProposal(stopped)).toContain(`${foreign} was written by no judge`);
    expect(stopped.pullRequest.title).toBe('refund: a candidate that is not taken');
    expect(stopped.pullRequest.body).toContain('was written by no judge');
    expect(stopped.pullRequest.body).not.toContain('may be released');
    await world.commit({ [foreign]: null });
    const alike = await propose({ ...world.options, model: 'refund' });
    expect(alike).toMatchObject({ version: 1, letThrough: true, obstacles: [] });
    expect(alike.package).not.toBe(first.package);
    expect(alike.pullRequest.title).toBe('refund: version 1');
    await world.switchTo('main');
  });

  it('compares the next candidate with the live version on the same rows', async () => {
    await world.switchTo('better');
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ weights: 'better' }) });
    const second = await propose(world.options);
    expect(second).toMatchObject({ version: 2, letThrough: true });
    expect(verdictOf(second, 'champion/auc')).toBe('pass');
    expect(second.report).toContain('against version 1, live in prod');
    const record = (await loadWorkspace(world.folder)).versions.get('dispute')!.get(2)!;
    expect(record.boundTo.champion).toBe(first.package);
  });

  it('opens a pull request for a refused candidate, with a failing check and without a record', async () => {
    await world.switchTo('main');
    await world.switchTo('worse');
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ weights: 'worse' }) });
    const refused = await propose(world.options);
    expect(refused).toMatchObject({ version: 2, letThrough: false, changed: false });
    expect(verdictOf(refused, 'champion/auc')).toBe('fail');
    expect(refused.pullRequest.checks['signalbox/gates']?.verdict).toBe('fail');
    expect(refused.report).toContain('## ❌ dispute: this candidate is refused by');
    expect((await loadWorkspace(world.folder)).versions.get('dispute')!.has(2)).toBe(false);
  });

  it('judges by the policy of the main branch, not by the branch’s own', async () => {
    const policy = await readFile(join(world.folder, 'releases/policies/default.yaml'), 'utf8');
    await world.commit({ 'releases/policies/default.yaml': policy.replaceAll('quality/*, champion/*,', '') });
    expect((await propose(world.options)).letThrough).toBe(false);
  });

  it('shows a reviewer first that a branch changes the rules that it is judged by', async () => {
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ weights: 'worse', minAuc: 0.1 }) });
    const { report } = await propose(world.options);
    expect(report).toContain('> - `gates.quality.auc.min`: `0.55` → `0.1`');
    expect(first.report).not.toContain('changes the rules');
  });

  it('does not take a broken release on the main branch for a first version', async () => {
    const path = 'releases/prod/dispute.yaml';
    const good = await readFile(join(world.folder, path), 'utf8');
    await world.onMain({ [path]: good.replace('version: 1', 'version: one') });
    await expect(propose(world.options)).rejects.toMatchObject({
      code: 'input/invalid-documents',
      message: expect.stringContaining('does not say what is live: releases/prod/dispute.yaml'),
    });
    await world.onMain({ [path]: good.replace('version: 1', 'version: 7') });
    await expect(propose(world.options)).rejects.toThrow(/releases\/prod\/dispute\.yaml/);
    await world.onMain({ [path]: good });
  });

  it('does not take the branch’s own policy where the main branch’s cannot be read', async () => {
    const path = 'releases/policies/default.yaml';
    const good = await readFile(join(world.folder, path), 'utf8');
    await world.onMain({ [path]: good.replace('approvals: 0', 'approvals: none') });
    await expect(propose(world.options)).rejects.toMatchObject({
      code: 'input/invalid-documents',
      message: expect.stringContaining(`does not say what its policy is: ${path}`),
    });
    await world.onMain({ [path]: good });
  });

  it('scores a champion with the features that it was trained with, also when their meaning has changed', async () => {
    await world.switchTo('main');
    await world.switchTo('redefined');
    const path = 'features/views/history.yaml';
    const view = await readFile(join(world.folder, path), 'utf8');
    await world.commit({ [path]: view.replace('[7d]', '[14d]') });
    const redefined = await propose(world.options);
    expect(verdictOf(redefined, 'champion/auc')).toBe('pass');
    expect(redefined.report).toContain('`history.dispute_share_14d` new, `history.dispute_share_7d` gone');
  });

  it('never uses a number twice, also after the record was reverted', async () => {
    await merge('better');
    await world.git.run(['revert', '--no-edit', '-m', '1', 'HEAD~1']);
    await world.git.run(['push', '--quiet', 'origin', 'main']);
    expect((await loadWorkspace(world.folder)).versions.get('dispute')!.has(2)).toBe(false);
    await world.switchTo('third');
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ features: '[request]' }) });
    expect(await propose(world.options)).toMatchObject({ version: 3, letThrough: true });
  });

  it('stops before it commits anything when it is interrupted', async () => {
    await world.switchTo('main');
    await world.switchTo('stopped');
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ minAuc: 0.51 }) });
    const head = await world.git.requireCommit('HEAD');
    const stop = new AbortController();
    stop.abort();
    await expect(propose({ ...world.options, signal: stop.signal })).rejects.toThrow();
    expect(await world.git.requireCommit('HEAD')).toBe(head);
    expect(await world.git.changedFiles()).toEqual([]);
  });

  it('names the model that does not exist, and the ones that do', async () => {
    await expect(propose({ ...world.options, model: 'disputes' })).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: 'There are: dispute.',
    });
  });
});
