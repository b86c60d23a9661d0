import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  binCount,
  binOf,
  type EvidenceCell,
  parseInstantUs,
  type ReferenceProfile,
  US_PER_DAY,
} from '@signalbox/contracts';
import { fetchPackage, readPackage } from '@signalbox/serving/artifacts';
import { openBlobStore, openEventLog } from '@signalbox/serving/stores';
import { LocalForge } from '@signalbox/tools/forge';
import type { MonitorReport } from '@signalbox/tools/monitoring';
import { propose } from '@signalbox/tools/registry';
import { openReconciler, runPass } from '@signalbox/tools/release';
import { proposeRetraining, type RetrainingResult, requestRetraining } from '@signalbox/tools/retraining';
import { mintEnvironment } from '@signalbox/tools/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCommandLine } from '../../tools/cli/run-command-line.js';
import { cellWith } from '../support/evidence-cells.js';
import { segmentOf, writeSegment } from '../support/written-evidence.js';
import { createProposalWorld, modelYaml, type ProposalWorld } from './proposal-world.js';

const WATCHED = `monitoring: { window: 1d, minRows: 200, labelMaturity: 1d }
retraining: { on: [drift], trainingWindow: 30d, evaluationWindow: 14d, cooldown: 7d }
`;
const NOW = '2001-03-01';

/** One repository, from its first version to the request for the second. */
describe('a model whose live traffic changes', () => {
  let world: ProposalWorld;
  let digest: string;
  let profile: ReferenceProfile;
  const storeOf = () => openBlobStore(join(world.folder, '.signalbox/store'));
  const question = () => ({ ...world.options, wallNow: Date.now, because: null });

  beforeAll(async () => {
    world = await createProposalWorld();
    await world.commit({ 'models/dispute/model.yaml': modelYaml() + WATCHED });
    await world.switchTo('first');
    const first = await propose(world.options);
    digest = first.package;
    await world.switchTo('main');
    await world.git.run(['merge', '--quiet', '--no-ff', '-m', 'Merge first', 'first']);
    await mintEnvironment({ repo: world.folder, environment: 'prod', nowMs: Date.now(), rootKeys: 1, threshold: 1 });
    await world.commit({ 'releases/prod/dispute.yaml': 'version: 1\nstrategy: canary\n' });
    await logEvent(world.folder);
    const reconciler = await openReconciler({ repo: world.folder, environment: 'prod', wallNow: Date.now });
    await runPass(reconciler.tools, null);
    await reconciler.close();
    const folder = await fetchPackage(storeOf(), digest, { cacheDir: join(world.folder, '.signalbox/cache') });
    profile = (await readPackage(folder)).profile;
  });
  afterAll(() => world.remove());

  /** A thousand requests on each of five days, with amounts up to `largest`. */
  async function serve(sequence: number, largest: number): Promise<void> {
    const cells = [5, 4, 3, 2, 1].map((daysAgo): EvidenceCell => {
      const windowUs = parseInstantUs(NOW) - daysAgo * US_PER_DAY;
      const counted = cellWith({
        model: 'dispute',
        version: 1,
        package: digest,
        route: 'champion',
        windowUs,
        asked: 1000,
      });
      return { ...counted, ...countsOf(profile, largest) };
    });
    await writeSegment(storeOf(), segmentOf(cells, { sequence, run: `run${sequence}`, toWallMs: Date.now() }));
  }

  async function monitorVerb(...more: readonly string[]) {
    const argv = ['monitor', '--env', 'prod', '--to', NOW, '--json', ...more];
    const nobody = { stdout: () => {}, stderr: () => {}, interactive: false };
    const io = { cwd: world.folder, env: process.env, wallNow: Date.now, signal: world.options.signal, ...nobody };
    const { exitCode, result } = await runCommandLine(argv, io);
    return { exitCode, ...(result?.json as { readonly reports: readonly MonitorReport[] }) };
  }

  it('is not looked at over more windows than make a report', async () => {
    expect(await monitorVerb('--from', '1990-01-01')).toEqual({ exitCode: 2 });
  });

  it('is quiet while requests look like the training data', async () => {
    await serve(1, 100);
    const { exitCode, reports } = await monitorVerb();
    expect(exitCode).toBe(0);
    expect(reports).toMatchObject([{ model: 'dispute', live: { version: 1, package: digest }, problems: [] }]);
    expect(reports[0]?.verdicts.find(({ id }) => id === 'drift/request.amount')).toMatchObject({ verdict: 'pass' });
    expect(await proposeRetraining(question())).toMatchObject({
      decision: { action: 'wait', why: 'nothing-asks' },
      proposal: null,
    });
  });

  describe('and then asks for small amounts only', () => {
    let result: RetrainingResult;

    beforeAll(async () => {
      await serve(2, 20);
      // A person is at work here: nothing of theirs may be touched, or get into the request.
      await writeFile(join(world.folder, 'models/dispute/train.mjs'), 'process.exit(1);\n');
      await writeFile(join(world.folder, 'models/dispute/idea.txt'), 'later');
      result = await proposeRetraining(question());
    });

    it('is told by monitor, with exit code 1 and what plots need', async () => {
      const { exitCode, reports } = await monitorVerb();
      const amount = reports[0]?.signals.find(({ name }) => name === 'request.amount');
      expect(exitCode).toBe(1);
      expect(amount).toMatchObject({ verdict: { verdict: 'fail' }, threshold: 0.1 });
      expect(amount?.live).toHaveLength(amount!.labels.length);
    });

    it('is proposed again, trained on the newest data, as the bot, with the drift that asked for it', async () => {
      expect(result.decision).toMatchObject({ action: 'propose', triggers: [{ by: 'drift' }] });
      const forge = await LocalForge.open(world.forge, Date.now);
      const [, request] = await forge.listPullRequests();
      expect(request).toMatchObject({
        author: 'signalbox',
        state: 'open',
        title: expect.stringContaining('(retrained: drift)'),
      });
      expect(request?.head).toMatch(/^retrain\/dispute-20010301-[0-9a-f]{12}$/);
      expect(request?.body).toMatch(/\*\*drift\*\*: drift\/request\.amount: .*judged windows of 1d drifted/);
      expect(request?.body).toContain('version 2');
    });

    it('is judged by the gates against what is live', () => {
      const verdicts = result.proposal?.verdicts ?? [];
      expect(verdicts.find(({ id }) => id === 'champion/auc')).toMatchObject({ verdict: 'pass' });
      expect(result.proposal).toMatchObject({ letThrough: true, version: 2 });
    });

    it('has only the periods and its record changed', async () => {
      const head = result.proposal!.commit;
      await world.git.run(['fetch', '--quiet', 'origin', head]);
      const changed = await world.git.run(['diff', '--name-only', 'main', head]);
      expect(changed.split('\n')).toEqual(['models/dispute/model.yaml', 'models/dispute/versions/2.yaml']);
      const model = parse(await world.git.run(['show', `${head}:models/dispute/model.yaml`]));
      expect([model.training.period, model.evaluation.period]).toEqual([
        { from: '2001-01-16', to: '2001-02-15' },
        { from: '2001-02-15', to: '2001-03-01' },
      ]);
      const authors = await world.git.run(['log', '--format=%an <%ae>', `main..${head}`]);
      expect(new Set(authors.split('\n'))).toEqual(new Set(['signalbox <signalbox@users.noreply.invalid>']));
    });

    it('leaves the work tree, the branches and the folders of the person as they were', async () => {
      expect(await world.git.changedFiles()).toEqual(['models/dispute/train.mjs', 'models/dispute/idea.txt']);
      expect(await world.git.currentBranch()).toBe('main');
      expect(await world.git.run(['branch', '--list', 'retrain/*'])).toBe('');
      expect(await readFile(join(world.folder, 'models/dispute/idea.txt'), 'utf8')).toBe('later');
    });

    it('is not proposed twice', async () => {
      expect(await proposeRetraining(question())).toMatchObject({ decision: { action: 'wait', why: 'open-request' } });
      const forge = await LocalForge.open(world.forge, Date.now);
      expect(await forge.listPullRequests()).toHaveLength(2);
    });
  });

  it('goes on where it was cut off: the same branch, the same commits, one pull request', async () => {
    const forge = await LocalForge.open(world.forge, Date.now);
    const [, before] = await forge.listPullRequests();
    const tip = await forge.headOf(before!.head);
    // As if the process had ended between the push and the pull request.
    await rm(join(world.forge, 'signalbox/pulls', `${before!.number}.json`));
    expect(await proposeRetraining(question())).toMatchObject({ proposal: { commit: tip, changed: false } });
    const [, after, ...others] = await forge.listPullRequests();
    expect(after).toMatchObject({ head: before!.head, title: before!.title, body: before!.body });
    expect([others, await forge.headOf(before!.head)]).toEqual([[], tip]);
  });

  it('is left to a person who has pushed to the branch', async () => {
    const forge = await LocalForge.open(world.forge, Date.now);
    const [, { head, number }] = (await forge.listPullRequests()) as [unknown, { head: string; number: number }];
    // As if the pull request had never been opened: the branch alone is there, with a person's commit on top.
    await rm(join(world.forge, 'signalbox/pulls', `${number}.json`));
    await world.git.run(['fetch', '--quiet', 'origin', head]);
    const tip = await world.git.requireCommit('FETCH_HEAD');
    const commit = await world.git.run(['commit-tree', `${tip}^{tree}`, '-p', tip, '-m', 'Try something']);
    await world.git.run(['push', '--quiet', 'origin', `${commit}:refs/heads/${head}`]);
    await expect(proposeRetraining(question())).rejects.toMatchObject({
      code: 'git/conflict',
      message: `ada@example.com has pushed to ${head}`,
    });
    expect(await forge.headOf(head)).toBe(commit);
    await expect(requestRetraining(question())).rejects.toMatchObject({ code: 'git/conflict' });
    expect(await forge.headOf(head)).toBe(commit);
    await world.git.run(['push', '--quiet', 'origin', '--delete', head]);
  });

  it('is only asked for where others train and judge: one commit with the new periods, one pull request, once', async () => {
    const forge = await LocalForge.open(world.forge, Date.now);
    const { decision, pullRequest } = await requestRetraining(question());
    expect(pullRequest).toMatchObject({ author: 'signalbox', state: 'open', title: expect.stringContaining('drift') });
    const tip = await forge.headOf(pullRequest!.head);
    await world.git.run(['fetch', '--quiet', 'origin', tip, 'main']);
    const main = await forge.headOf('main');
    expect(await world.git.run(['rev-parse', `${tip}^`])).toBe(main);
    expect(await world.git.run(['diff', '--name-only', main, tip])).toBe('models/dispute/model.yaml');
    expect(await requestRetraining(question())).toMatchObject({ decision: { why: 'open-request' }, pullRequest: null });
    // As if the process had ended between the branch and the pull request.
    await rm(join(world.forge, 'signalbox/pulls', `${pullRequest!.number}.json`));
    expect(await requestRetraining(question())).toMatchObject({ decision, pullRequest: { title: pullRequest!.title } });
    expect(await forge.headOf(pullRequest!.head)).toBe(tip);
    await rm(join(world.forge, 'signalbox/pulls', `${pullRequest!.number}.json`));
    const words = `${await world.git.run(['log', '-1', '--format=%B', tip])}\n\nRe-promote: prod/dispute@sha256:0`;
    const planted = await world.git.run(['commit-tree', `${tip}^{tree}`, '-p', main, '-m', words]);
    await world.git.run(['push', '--quiet', '--force', 'origin', `${planted}:refs/heads/${pullRequest!.head}`]);
    await expect(requestRetraining(question())).rejects.toMatchObject({ code: 'git/conflict' });
  });
});

/** A replay's clock is its log. */
async function logEvent(repo: string): Promise<void> {
  await mkdir(join(repo, '.signalbox'), { recursive: true });
  const log = openEventLog(join(repo, '.signalbox/log'));
  const at = parseInstantUs(NOW) + 3_600_000_000;
  await log.append('payments', [{ eventTs: at, arrivalTs: at, key: 'x', row: {} }]);
  await log.close();
}

/** A thousand rows in the bins of a profile: the amounts even from 0 to `largest`, all else as in the reference. */
function countsOf({ features, score }: ReferenceProfile, largest: number): Pick<EvidenceCell, 'features' | 'score'> {
  const alike = (counts: readonly number[]) => {
    const rows = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => Math.round((count * 1000) / rows));
  };
  return {
    score: alike(score.counts),
    features: features.map(({ bins, counts, name }) => {
      if (name !== 'request.amount') return alike(counts);
      const counted = new Array<number>(binCount(bins)).fill(0);
      for (let row = 0; row < 1000; row++) counted[binOf(bins, Math.fround((row * largest) / 1000))]!++;
      return counted;
    }),
  };
}
