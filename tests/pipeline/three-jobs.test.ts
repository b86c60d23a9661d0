import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, digestBytes } from '@signalbox/contracts';
import { LocalForge } from '@signalbox/tools/forge';
import {
  type Judged,
  judgeHandover,
  openPipeline,
  speakAsBot,
  speak as speakWith,
  trainPath,
  writeHandover,
} from '@signalbox/tools/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJudge } from '../../tools/registry/champion.js';
import { packageProblem } from '../../tools/registry/speak/check-package.js';
import { type Bounds, verdictProblem } from '../../tools/registry/speak/check-verdict.js';
import { takeVerdict } from '../../tools/registry/speak/take-verdict.js';
import { createProposalWorld, modelYaml, type ProposalWorld } from './proposal-world.js';

/** Whatever somebody may have written. */
// biome-ignore lint/suspicious/noExplicitAny: a forger keeps to no type.
type Mutable = any;

/** The JSON with one of its lists the other way round, in its canonical form. */
function reversed(bytes: Buffer, key: string): Buffer {
  const value = JSON.parse(bytes.toString('utf8')) as Mutable;
  return Buffer.from(canonicalJson({ ...value, [key]: value[key].toReversed() }));
}

/** A candidate as workflows bring it: trained in one place, judged by the main branch's checkout, spoken of by a bot. */
describe('a pull request through three jobs', () => {
  let world: ProposalWorld;
  let folder: string;
  let number: number;
  let commit: string;
  let judged: Judged;
  let bounds: Bounds;
  const forge = () => LocalForge.open(world.forge, Date.now);
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    world = await createProposalWorld();
    folder = await mkdtemp(join(world.folder, '..', 'jobs-'));
    await world.switchTo('candidate');
    commit = await world.commit({ 'models/dispute/model.yaml': modelYaml({ weights: 'better' }) });
    const author = { name: 'Ada Test', email: 'ada@example.com' };
    const request = { head: 'candidate', base: 'main', title: 'Better', body: 'By a person.', author };
    number = (await (await forge()).openPullRequest(request)).number;
    const pipeline = await openPipeline(world.options);
    const { trained } = await trainPath(pipeline);
    await writeHandover(pipeline, trained, at('handover'));
    await world.switchTo('main');
  });
  afterAll(() => world.remove());

  const judge = (change: object = {}) =>
    judgeHandover({ ...world.options, commit, handover: at('handover'), out: at('verdict'), ...change });
  const speak = (verdict: string | null, change: object = {}) =>
    speakAsBot({ ...world.options, pullRequest: number, commit, verdict, ...change });
  /** A copy of the verdict that somebody changed. */
  async function forged(change: (verdict: Mutable) => void): Promise<string> {
    const copy = await mkdtemp(at('forged-'));
    await cp(at('verdict'), copy, { recursive: true });
    const verdict = JSON.parse(await readFile(join(copy, 'verdict.json'), 'utf8'));
    change(verdict);
    await writeFile(join(copy, 'verdict.json'), JSON.stringify(verdict));
    return copy;
  }
  /** A copy of the verdict with one file of its package changed, and manifest and verdict made to fit. */
  async function repacked(name: string, change: (bytes: Buffer) => Buffer): Promise<string> {
    const bytes = change(await readFile(join(at('verdict'), name)));
    const manifest = JSON.parse(await readFile(join(at('verdict'), 'manifest.json'), 'utf8')) as Mutable;
    const layer = manifest.layers.find((each: Mutable) => Object.values(each.annotations).includes(name));
    Object.assign(layer, { digest: digestBytes(bytes), size: bytes.length });
    const text = JSON.stringify(manifest);
    const copy = await forged((verdict) => {
      verdict.package = {
        digest: digestBytes(text),
        sizeBytes: text.length,
        contentBytes: manifest.layers.reduce((sum: number, { size }: Mutable) => sum + size, 0),
      };
    });
    await writeFile(join(copy, name), bytes);
    await writeFile(join(copy, 'manifest.json'), text);
    return copy;
  }

  it('is refused while nobody has judged it', async () => {
    expect(await speak(null)).toMatchObject({ letThrough: false, outcomes: [{ kind: 'missing', model: 'dispute' }] });
    const { checks } = await (await forge()).getPullRequest(number);
    expect(checks['signalbox/gates']).toMatchObject({ verdict: 'error', commit });
  });

  it('is told why it was not judged, where its handover is hostile', async () => {
    const hostile = await mkdtemp(at('hostile-'));
    await cp(at('handover'), hostile, { recursive: true });
    await writeFile(join(hostile, 'model.onnx'), 'PK\u0003\u0004');
    const out = at('refused');
    await expect(judge({ handover: hostile, out })).rejects.toMatchObject({ code: 'training/failed' });
    expect(await readdir(out)).toEqual(['refusal.json']);
    expect(await readdir(join(world.folder, '.signalbox/cache/tmp'))).toEqual([]);
    const { outcomes } = await speak(out);
    expect(outcomes).toEqual([
      { kind: 'untrusted', model: 'dispute', sentence: expect.stringContaining('not a whole ONNX model') },
    ]);
  });

  it('is judged from the main branch, which stays as it is', async () => {
    judged = await judge();
    expect(judged).toMatchObject({ letThrough: true, version: 1 });
    expect(judged.verdict.run.parameters).toEqual({ weights: 'better' });
    expect(await world.git.currentBranch()).toBe('main');
    expect(await world.git.changedFiles()).toEqual([]);
    expect(await world.git.run(['worktree', 'list', '--porcelain'])).not.toContain('detached');
    expect(await readdir(join(world.folder, '.signalbox/cache/tmp'))).toEqual([]);
    expect((await readdir(at('verdict'))).sort()).toEqual([
      'features.json',
      'golden.json',
      'manifest.json',
      'model.onnx',
      'profile.json',
      'signature.json',
      'verdict.json',
    ]);
  });

  it('holds for the commit that was judged', async () => {
    const main = await openJudge(world.folder, await world.git.requireCommit('main'));
    const { workspace } = await openJudge(world.folder, commit);
    bounds = { model: 'dispute', environment: 'prod', trainedCommit: commit, workspace, isOutdated: false, main };
    expect(verdictProblem(judged.verdict, bounds)).toBeNull();
  });

  it('has no verdict that counts once the main branch changes its model too, and keeps it while main moves elsewhere', async () => {
    const lib = 'models/dispute/lib.mjs';
    await world.commit({ [lib]: 'export {};\n' });
    const { letThrough, outcomes } = await speak(at('verdict'));
    expect(letThrough).toBe(false);
    expect(outcomes).toEqual([
      { kind: 'untrusted', model: 'dispute', sentence: expect.stringContaining('so merging would bring another one') },
    ]);
    await world.commit({ [lib]: null, 'docs/page.md': 'A page.\n' });
    expect(verdictProblem(judged.verdict, { ...bounds, isOutdated: true })).toContain('it has lapsed');
  });

  it('has none that counts where merging makes features that do not compile, and says so instead of ending', () => {
    const workspace = { ...bounds.workspace, views: new Map() };
    expect(verdictProblem(judged.verdict, { ...bounds, workspace })).toMatch(
      /^its features are wrong as merging makes/,
    );
  });

  const other = `sha256:${'a'.repeat(64)}`;
  it.each<[string, (verdict: Mutable) => void, string]>([
    ['another commit', (v) => (v.commit = 'f'.repeat(40)), 'it is about the commit ffffffffffff'],
    ['another champion', (v) => (v.boundTo.champion = other), 'it has lapsed'],
    ['another policy', (v) => (v.boundTo.policy = other), 'the policy makes other gates block'],
    ['another environment', (v) => (v.environment = 'staging'), 'it was judged for staging'],
    ['another model', (v) => (v.model = 'other'), 'it is about other'],
    ['the run of another commit', (v) => (v.run.commit = 'f'.repeat(40)), 'its run is of the commit ffffffffffff'],
    ['other parameters', (v) => (v.run.parameters = { weights: 'amount' }), 'other parameters'],
    ['other features', (v) => (v.run.features = other), 'other features'],
    ['a pass that nothing gives', (v) => (v.evidence.parity.unexplained = 3), 'not what the gates say of its evidence'],
    ['evidence left out', (v) => (v.evidence.leak = null), 'not what the gates say of its evidence'],
    ['a gate left out', (v) => v.verdicts.shift(), 'not what the gates say of its evidence'],
    ['a bound that is not the policy’s', (v) => (v.verdicts[0].bound = 0), 'not what the gates say of its evidence'],
  ])('is not taken with a verdict of %s', async (_what, change, message) => {
    const verdict = structuredClone(judged.verdict) as Mutable;
    change(verdict);
    expect(verdictProblem(verdict, bounds)).toContain(message);
  });

  it.each<[string, (verdict: Mutable) => void, string]>([
    ['a key that is not known', (v) => (v.letThrough = true), 'verdict.json, /letThrough'],
    ['a terminal escape', (v) => (v.evidence.parity.example = 'a\u001b[2J'), 'characters that cannot be seen'],
    ['a number as text', (v) => (v.evidence.evaluation.rows = '5'), 'verdict.json, /evidence/evaluation/rows'],
    ['a package of another digest', (v) => (v.package.digest = other), 'manifest.json is sha256:'],
    ['another size', (v) => (v.package.contentBytes = 1), 'not 1 as it says'],
  ])('is refused with %s in the folder', async (_what, change, message) => {
    const taken = takeVerdict(await forged(change), await mkdtemp(at('ours-')));
    await expect(taken).rejects.toMatchObject({
      code: 'handover/refused',
      message: expect.stringContaining(message),
    });
  });

  it('is refused with a package whose bytes were changed, and with bytes that were exchanged for a link', async () => {
    const copy = await forged(() => {});
    await writeFile(join(copy, 'model.onnx'), 'another model');
    const take = async () => takeVerdict(copy, await mkdtemp(at('ours-')));
    await expect(take()).rejects.toThrow('model.onnx is sha256:');
    await rm(join(copy, 'model.onnx'));
    await symlink(join(at('verdict'), 'model.onnx'), join(copy, 'model.onnx'));
    await expect(take()).rejects.toThrow('model.onnx is a symbolic link');
  });

  it.each<[string, string, (bytes: Buffer) => Buffer]>([
    ['another model', 'model.onnx', (bytes) => Buffer.concat([bytes, Buffer.alloc(2)])],
    ['features in another order', 'features.json', (bytes) => reversed(bytes, 'order')],
    ['a signature of features in another order', 'signature.json', (bytes) => reversed(bytes, 'features')],
    ['a signature that is written otherwise', 'signature.json', (bytes) => Buffer.concat([bytes, Buffer.from(' ')])],
  ])('is not taken with a package of %s, whose digests are right', async (_what, name, change) => {
    const taken = await takeVerdict(await repacked(name, change), await mkdtemp(at('ours-')));
    expect(verdictProblem(taken.verdict, bounds)).toBeNull();
    expect(packageProblem(taken, bounds.workspace)).toContain(`its ${name} is sha256:`);
    const { letThrough, outcomes } = await speak(await repacked(name, change));
    expect(letThrough).toBe(false);
    expect(outcomes).toEqual([
      { kind: 'untrusted', model: 'dispute', sentence: expect.stringContaining(`its ${name} is`) },
    ]);
  });

  it('is taken with the package that was judged', async () => {
    const taken = await takeVerdict(at('verdict'), await mkdtemp(at('ours-')));
    expect(packageProblem(taken, bounds.workspace)).toBeNull();
  });

  it('tells hostile verdicts on the pull request as text, and commits nothing', async () => {
    const both = await mkdtemp(at('both-'));
    for (const name of ['a', 'b']) await cp(at('verdict'), join(both, name), { recursive: true });
    await writeFile(join(both, 'b', 'x\u202e<img>@octocat'), '');
    const { letThrough, outcomes } = await speak(both);
    expect({ letThrough, kinds: outcomes.map(({ kind }) => kind) }).toEqual({
      letThrough: false,
      kinds: ['recorded', 'untrusted'],
    });
    const { checks, comments } = await (await forge()).getPullRequest(number);
    expect(comments).toHaveLength(1);
    expect(comments[0]!.body).toContain('`x\\u{202e}<img>@octocat`');
    expect(checks['signalbox/gates']).toMatchObject({ verdict: 'error', commit });
    expect(await (await forge()).headOf('candidate')).toBe(commit);
  });

  it('gets its record, one comment and the check, said once however often it is said', async () => {
    const first = await speak(at('verdict'));
    expect(first).toMatchObject({ letThrough: true, changed: true });
    const { body, checks, comments } = await (await forge()).getPullRequest(number);
    expect(body).toBe('By a person.');
    expect(checks['signalbox/gates']).toMatchObject({ verdict: 'pass', commit: first.commit });
    expect(comments).toHaveLength(1);
    expect(comments[0]).toMatchObject({ author: 'signalbox', marker: 'signalbox' });
    expect(comments[0]!.body).toContain('## What merging this does');
    expect(comments[0]!.body).toContain('## ✅ dispute version 1 may be released');
    const again = await speak(at('verdict'));
    expect(again).toMatchObject({ letThrough: true, changed: false, commit: first.commit });
    expect((await (await forge()).getPullRequest(number)).comments).toHaveLength(1);
    await world.git.run(['fetch', '--quiet', 'origin', 'candidate']);
    // The bot's push is a commit of its own, and is no candidate.
    const pushed = await speak(null, { commit: first.commit });
    expect(pushed).toMatchObject({ letThrough: true, changed: false });
    expect(await world.git.run(['log', '-1', '--format=%an', first.commit])).toBe('signalbox');
  });

  it('keeps the bytes that were checked, in the store that the main branch names', async () => {
    const digest = judged.verdict.package.digest.replace('sha256:', '');
    const manifest = await readFile(join(world.folder, '.signalbox/store/blobs/sha256', digest));
    expect(manifest.equals(await readFile(join(at('verdict'), 'manifest.json')))).toBe(true);
  });

  it('is spoken of no more once somebody pushed to it', async () => {
    await world.git.run(['fetch', '--quiet', 'origin', 'candidate']);
    await world.git.run(['switch', '--quiet', '-C', 'candidate', 'FETCH_HEAD']);
    await world.commit({ 'models/dispute/README.md': 'more\n' });
    await expect(speak(at('verdict'))).rejects.toMatchObject({ code: 'release/refused' });
    await world.switchTo('main');
  });

  it('gets a pull request of the bot’s own where its branch is a fork’s', async () => {
    const local = await forge();
    const read = local.getPullRequest.bind(local);
    // As GitHub tells of a fork: its branch is none of the forge's.
    let forkHead = 'f'.repeat(40);
    local.getPullRequest = async (asked) => ({
      ...(await read(asked)),
      ...(asked === number ? { head: 'octocat:x', forkHead } : {}),
    });
    const identity = { name: 'signalbox', email: 'signalbox@example.invalid' };
    const request = { ...world.options, identity, forge: local, pullRequest: number, commit, verdict: at('verdict') };
    const say = () => speakWith(request);
    await expect(say()).rejects.toMatchObject({
      code: 'release/refused',
      message: `pull request ${number} is at ffffffffffff now, and ${commit.slice(0, 12)} was judged`,
    });
    forkHead = commit;
    const first = await say();
    expect(first).toMatchObject({ letThrough: true, changed: true });
    expect(first.pullRequest).toMatchObject({ head: `signalbox/pull-${number}-${commit.slice(0, 12)}`, state: 'open' });
    expect(first.pullRequest.checks['signalbox/gates']).toMatchObject({ verdict: 'pass', commit: first.commit });
    const theirs = (await read(number)).checks['signalbox/gates'];
    expect(theirs).toMatchObject({
      verdict: 'fail',
      title: `Merge pull request #${first.pullRequest.number} instead`,
      commit,
    });
    const again = await say();
    expect(again).toMatchObject({ changed: false, commit: first.commit });
    expect(again.pullRequest.number).toBe(first.pullRequest.number);
  });
});
