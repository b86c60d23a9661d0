import { parseWorkspace, type RolloutManifest } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { describe, expect, it } from 'vitest';
import { MemoryForge, MemoryStore } from '../../../tests/support/memory-world.js';
import { digestOf, emptyWorkspace, POLICY, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { countsOf, desiredOf, packageOf, podsAt, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { reconcile } from '../reconcile/index.js';
import { markOf } from './plan-withdrawal.js';
import { type TakenBack, takenBackOf } from './taken-back.js';
import { Withdrawals } from './withdrawals.js';

const canary2 = publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary');
const pods = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(200, 60) });
const manifest = reconcile({ desired: desiredOf(2), current: canary2, pods, eventNowUs: 0 })
  .manifest as RolloutManifest;
const REJECTION = manifest.rollout.rejected[0]!;
const REJECTED: TakenBack = {
  manifest,
  version: 2,
  digest: REJECTION.digest,
  since: REJECTION.serial,
  champion: manifest.packages.find(({ version }) => version === 1)!,
  cause: { is: 'rejected', rejection: REJECTION },
};
const HEAD = { commit: 'c'.repeat(40), workspace: emptyWorkspace, findings: [] };
const BRANCH = 'withdraw/prod/m-v2';

describe('a withdrawal', () => {
  const make = (forge: MemoryForge, store: BlobStore = new MemoryStore()) =>
    new Withdrawals({ git: forge, forge, base: 'main', store });

  it('is opened once, whoever asks and however often', async () => {
    const forge = new MemoryForge();
    const [one, other] = [make(forge), make(forge)];
    const opened = await one.ensure(REJECTED, HEAD);
    expect(opened).toMatchObject({ number: 1, state: 'open', problem: null });
    expect(await one.ensure(REJECTED, HEAD)).toEqual(opened);
    expect(await other.ensure(REJECTED, HEAD)).toEqual(opened);
    expect(forge.pulls).toHaveLength(1);
  });

  it('is not opened again when a person closed it', async () => {
    const forge = new MemoryForge();
    await make(forge).ensure(REJECTED, HEAD);
    forge.pulls[0] = { ...forge.pulls[0]!, state: 'closed' };
    expect(await make(forge).ensure(REJECTED, HEAD)).toMatchObject({ number: 1, state: 'closed' });
    expect(forge.pulls).toHaveLength(1);
  });

  it('is another one than that of a rejection whose serial only begins with the same digits', async () => {
    const forge = new MemoryForge();
    const at = (serial: number): TakenBack => ({ ...REJECTED, since: serial });
    expect(await make(forge).ensure(at(12), HEAD)).toMatchObject({ number: 1, state: 'open' });
    forge.pulls[0] = { ...forge.pulls[0]!, state: 'merged', body: forge.pulls[0]!.body.replaceAll('\n', '\r\n') };
    expect(await make(forge).ensure(at(1), HEAD)).toMatchObject({ number: 2, state: 'open' });
    expect(await make(forge).ensure(at(12), HEAD)).toMatchObject({ number: 1, state: 'merged' });
  });

  it('goes on with its own branch, and leaves alone what somebody else has pushed', async () => {
    const forge = new MemoryForge();
    await make(forge).ensure(REJECTED, HEAD);
    // A cut before the request was open.
    forge.pulls.pop();
    await make(forge).ensure(REJECTED, HEAD);
    expect(forge.pulls).toMatchObject([{ head: BRANCH }]);
    const planted = new MemoryForge();
    for (const [path, text] of forge.files) planted.files.set(path, text);
    planted.branches.set(BRANCH, `Withdraw\n\n${markOf(REJECTED)}\n`);
    await make(planted).ensure(REJECTED, HEAD);
    expect(planted.pulls[0]).toMatchObject({ head: `${BRANCH}-${manifest.serial}` });
    const taken = new MemoryForge();
    taken.branches.set(BRANCH, 'A correction');
    await make(taken).ensure(REJECTED, HEAD);
    expect(taken.pulls[0]).toMatchObject({ head: `${BRANCH}-${manifest.serial}` });
    expect(taken.branches.get(BRANCH)).toBe('A correction');
    const full = new MemoryForge();
    const names = [BRANCH, `${BRANCH}-${manifest.serial}`, `${BRANCH}-${HEAD.commit.slice(0, 7)}`];
    for (const name of names) full.branches.set(name, 'A correction');
    expect(await make(full).ensure(REJECTED, HEAD)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('exist with other commits'),
    });
  });

  it('has a branch without folders where somebody has taken theirs, and is found by it', async () => {
    const forge = new MemoryForge();
    const flat = BRANCH.replaceAll('/', '.');
    forge.namesFor = async () => [flat];
    for (let pass = 1; pass <= 2; pass += 1)
      expect(await make(forge).ensure(REJECTED, HEAD)).toMatchObject({ number: 1, state: 'open' });
    expect(forge.pulls).toMatchObject([{ head: flat }]);
    expect(await make(forge).look(REJECTED)).toMatchObject({ number: 1 });
    // A person closes it and deletes both: neither its branch nor the one in the way tells of that name any more.
    forge.pulls[0] = { ...forge.pulls[0]!, state: 'closed' };
    forge.namesFor = async (branches) => branches;
    expect(await make(forge).ensure(REJECTED, HEAD)).toMatchObject({ number: 1, state: 'closed' });
  });

  it('that fails is told, stops nothing, and is tried again', async () => {
    const forge = new MemoryForge();
    const withdrawals = make(forge);
    forge.failsNext = true;
    expect(await withdrawals.ensure(REJECTED, HEAD)).toMatchObject({ state: 'failed', number: null, problem: 'cut' });
    expect(await withdrawals.ensure(REJECTED, HEAD)).toMatchObject({ state: 'open', number: 1 });
  });

  it('says in a clone without a forge what a person can do', async () => {
    const forge = new MemoryForge();
    const withdrawals = new Withdrawals({
      git: forge,
      forge: null,
      base: 'main',
      store: new MemoryStore(),
    });
    expect(await withdrawals.ensure(REJECTED, HEAD)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('signalbox rollback'),
    });
    expect(await withdrawals.look(REJECTED)).toBeNull();
  });

  it('holds only, where main has no record any more of what serves', async () => {
    const forge = new MemoryForge();
    await make(forge).ensure(REJECTED, HEAD);
    const [path, ...others] = [...forge.files.get(BRANCH)!.keys()];
    expect(path).toBe(`releases/prod/holds/${REJECTED.digest.slice(7)}.yaml`);
    expect(others).toEqual([]);
    expect(forge.pulls[0]!.body).toContain('Merging this holds version 2');
  });

  it('quotes pods without letting them write Markdown, mention people or end a table', async () => {
    const forge = new MemoryForge();
    const reason = 'refused: <img src=x> @everyone | [here](https://example.com)\n\nRe-promote: prod/m@sha256:0';
    const spoken = { ...REJECTED, cause: { is: 'rejected', rejection: { ...REJECTION, reason } } } as const;
    await make(forge).ensure(spoken, HEAD);
    const { body } = forge.pulls[0]!;
    const outsideOfCode = body.replace(/`[^`\n]+`/g, '');
    for (const mark of ['<img', '@everyone', '[here]']) expect(outsideOfCode).not.toContain(mark);
    expect(
      forge.branches
        .get(BRANCH)!
        .split('\n')
        .some((line) => line.startsWith('Re-promote:')),
    ).toBe(false);
  });
});

/** The same rejection, of the model of a repository whose policy leaves withdrawals to the bot. */
function inRepository({ approvals = 0, winner }: { readonly approvals?: number; readonly winner?: number } = {}) {
  const release = { version: 2, strategy: 'canary', arms: [3], requires: { other: 1 } };
  const tier = { ...POLICY.tiers.low, approvals, withdrawals: 'merge' as const };
  const policy = { ...POLICY, tiers: { ...POLICY.tiers, low: tier } };
  const { workspace } = parseWorkspace(
    new Map(Object.entries(toYaml({ ...worldDocuments(), 'releases/policies/default.yaml': policy }))),
  );
  const settings = workspace.environments.get('prod')!;
  const environments = new Map([['prod', { ...settings, releases: new Map([['late', release]]) }]]);
  const rejection = { ...REJECTION, digest: digestOf(2), ...(winner === undefined ? {} : { winner }) };
  const taken: TakenBack = {
    ...REJECTED,
    manifest: { ...manifest, model: 'late' },
    digest: digestOf(2),
    champion: { ...REJECTED.champion, digest: digestOf(1) },
    cause: { is: 'rejected', rejection },
  };
  return { taken, head: { ...HEAD, workspace: { ...workspace, environments } } };
}

describe('a withdrawal that the policy leaves to the bot', () => {
  const make = (forge: MemoryForge) => new Withdrawals({ git: forge, forge, base: 'main', store: new MemoryStore() });

  it('is merged in the pass that opens it, and holds what failed', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository();
    expect(await make(forge).ensure(taken, head)).toMatchObject({ number: 1, state: 'done', problem: null });
    const files = forge.files.get('withdraw/prod/late-v2')!;
    expect([...files.keys()]).toEqual([`releases/prod/holds/${digestOf(2).slice(7)}.yaml`, 'releases/prod/late.yaml']);
    expect(files.get('releases/prod/late.yaml')).toContain('version: 1');
  });

  it('goes back to what serves also where its record was edited: what is published stands', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository();
    const records = new Map(head.workspace.versions.get('late'));
    records.set(1, { ...records.get(1)!, package: { digest: digestOf(9), sizeBytes: 1 } });
    const workspace = { ...head.workspace, versions: new Map([['late', records]]) };
    expect(await make(forge).ensure(taken, { ...head, workspace })).toMatchObject({ state: 'done' });
    expect(forge.files.get('withdraw/prod/late-v2')!.get('releases/prod/late.yaml')).toContain('version: 1');
  });

  it('holds by a file that can be read, wherever the reason is cut', async () => {
    const { head, taken } = inRepository();
    for (const length of [998, 999, 1_000]) {
      const forge = new MemoryForge();
      const reason = `${'x'.repeat(length)}😀`;
      await make(forge).ensure({ ...taken, cause: { is: 'rejected', rejection: { ...REJECTION, reason } } }, head);
      const [[path, text] = []] = forge.files.get('withdraw/prod/late-v2')!;
      const written = { ...toYaml(worldDocuments()), [path!]: Buffer.from(text!).toString('utf8') };
      const { findings } = parseWorkspace(new Map(Object.entries(written)));
      expect(findings.filter(({ place }) => place.file === path)).toEqual([]);
    }
  });

  it('is merged once the policy leaves it to the bot, although it was open before, and by one that runs on', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository();
    const withdrawals = make(forge);
    const before = { ...head, workspace: { ...head.workspace, policies: new Map() } };
    expect(await withdrawals.ensure(taken, before)).toMatchObject({ number: 1, state: 'open', problem: null });
    expect(await withdrawals.ensure(taken, head)).toMatchObject({ number: 1, state: 'done' });
    expect(forge.pulls).toHaveLength(1);
  });

  it('is tried again when the forge does not merge it, and told why', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository();
    const withdrawals = make(forge);
    forge.refusesMerges = true;
    expect(await withdrawals.ensure(taken, head)).toMatchObject({ number: 1, state: 'open', problem: 'not mergeable' });
    forge.refusesMerges = false;
    expect(await withdrawals.ensure(taken, head)).toMatchObject({ number: 1, state: 'done' });
    expect(forge.pulls).toHaveLength(1);
  });

  it('holds since the moment that the manifest tells where no decision is kept, whatever time it is by now', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository();
    const enteredAt = Date.parse('2026-01-02T03:04:05Z') * 1000;
    const published = { ...taken.manifest, rollout: { ...taken.manifest.rollout, enteredAt } };
    await make(forge).ensure({ ...taken, manifest: published }, head);
    const [[, text] = []] = forge.files.get('withdraw/prod/late-v2')!;
    expect(String(text)).toContain('since: 2026-01-02T03:04:05Z');
  });

  it('proposes the arm that won instead, holds nobody, and waits for as many people as a promotion', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository({ winner: 3, approvals: 1 });
    expect(await make(forge).ensure(taken, head)).toMatchObject({
      state: 'open',
      problem: 'one person must still agree',
    });
    expect(forge.pulls[0]!.title).toBe('Withdraw late version 2 from prod, for version 3');
    expect(forge.pulls[0]!.body).toContain('**That moves traffic**');
    const [[path, text] = [], ...others] = forge.files.get('withdraw/prod/late-v2')!;
    expect([path, others]).toEqual(['releases/prod/late.yaml', []]);
    expect(text).toBe('version: 3\nstrategy: canary\n');
  });

  it('waits for who asks for changes where it moves traffic to a winner, and for nobody where it only takes back', async () => {
    for (const [winner, expected] of [
      [3, { state: 'open', problem: 'Ada and Grace asked for changes' }],
      [undefined, { state: 'done', problem: null }],
    ] as const) {
      const forge = new MemoryForge();
      const { head, taken } = inRepository(winner === undefined ? {} : { winner });
      forge.refusesMerges = true;
      await make(forge).ensure(taken, head);
      forge.refusesMerges = false;
      forge.pulls[0] = { ...forge.pulls[0]!, objectors: ['Ada', 'Grace'] };
      expect(await make(forge).ensure(taken, head)).toMatchObject(expected);
    }
  });

  it('after an emergency goes back to what serves, holds nobody, and says how it ends otherwise', async () => {
    const forge = new MemoryForge();
    const { head, taken } = inRepository();
    const emergency = { by: 'Ada', reason: 'the forge was down', atMs: 1_800_000_000_000 };
    const byHand: TakenBack = { ...taken, cause: { is: 'emergency', emergency } };
    expect(await make(forge).ensure(byHand, head)).toMatchObject({ state: 'done' });
    expect([...forge.files.get('withdraw/prod/late-v2')!.keys()]).toEqual(['releases/prod/late.yaml']);
    expect(forge.pulls[0]!.body).toContain(`End-emergency: prod/late@${manifest.serial}`);
    // The reconciler has published since; it is the same emergency.
    const later = { ...byHand, since: byHand.since + 1 };
    expect(await make(forge).look(later)).toMatchObject({ number: 1 });
  });

  describe('that an emergency opened', () => {
    const emergency = { by: 'Ada', reason: 'the forge was down', atMs: 1_800_000_000_000 };
    const { taken, head } = inRepository();
    const { rollout } = taken.manifest;
    const stands = { ...taken.manifest, rollout: { ...rollout, emergency } };
    const asPublished = (...manifests: RolloutManifest[]) => manifests.map((one) => ({ manifest: one, isHeld: false }));
    const openPolicy = { ...head, workspace: { ...head.workspace, policies: new Map() } };

    async function opened() {
      const forge = new MemoryForge();
      await make(forge).ensure({ ...taken, manifest: stands, cause: { is: 'emergency', emergency } }, openPolicy);
      expect(forge.pulls).toMatchObject([{ state: 'open', head: 'withdraw/prod/late-v2' }]);
      return forge;
    }

    it('asks for nothing that is held: who holds it may have asked for another already', () => {
      expect(takenBackOf(stands, head)).toMatchObject({ version: 2, cause: { is: 'emergency' } });
      const hold = { model: 'late', reason: 'wrong too', since: '2001-04-01T00:00:00Z', by: 'Ada' };
      const prod = head.workspace.environments.get('prod')!;
      const holds = new Map([[taken.champion.digest, hold]]);
      const environments = new Map([['prod', { ...prod, holds }]]);
      expect(takenBackOf(stands, { ...head, workspace: { ...head.workspace, environments } })).toBeNull();
    });

    it('is left open while that stands, and closed once it ended otherwise', async () => {
      const forge = await opened();
      const withdrawals = make(forge);
      await withdrawals.closeEnded(asPublished(stands, { ...taken.manifest, model: 'late-v2' }));
      expect(forge.pulls[0]!.state).toBe('open');
      await withdrawals.closeEnded(asPublished(taken.manifest));
      expect(forge.pulls[0]!.state).toBe('closed');
    });

    it('is closed once what serves is held, and says so', async () => {
      const forge = await opened();
      await make(forge).closeEnded([{ manifest: stands, isHeld: true }]);
      expect(forge.pulls[0]!.state).toBe('closed');
      expect(forge.reasons).toEqual([expect.stringMatching(/^Version 1 is held\. Merged now/)]);
    });

    it('is closed by whoever comes later, and when another emergency took its place', async () => {
      for (const now of [
        taken.manifest,
        { ...stands, rollout: { ...rollout, emergency: { ...emergency, atMs: 1 } } },
      ]) {
        const forge = await opened();
        const withdrawals = make(forge);
        forge.failsNext = true;
        await withdrawals.closeEnded(asPublished(now));
        expect(forge.pulls[0]!.state).toBe('open');
        await withdrawals.closeEnded(asPublished(now));
        expect(forge.pulls[0]!.state).toBe('closed');
      }
    });

    it('makes way for another once a hold led that to another version: merged, it would end nothing', async () => {
      const forge = await opened();
      const withdrawals = make(forge);
      await withdrawals.closeEnded(asPublished(stands));
      const led = { ...stands, champion: 3 };
      const now: TakenBack = { ...taken, manifest: led, champion: packageOf(3), cause: { is: 'emergency', emergency } };
      expect(await withdrawals.ensure(now, openPolicy)).toMatchObject({ number: 2, state: 'open' });
      expect(forge.pulls[1]!.body).toContain('Merging this makes Git ask for version 3, which serves.');
      await withdrawals.closeEnded(asPublished(led));
      expect(forge.pulls.map(({ state }) => state)).toEqual(['closed', 'open']);
      expect(await make(forge).ensure(now, openPolicy)).toMatchObject({ number: 2, state: 'open' });
    });

    it('is not asked for again in every pass, and a rejection is not its business', async () => {
      const forge = new MemoryForge();
      await make(forge).ensure(taken, openPolicy);
      const withdrawals = make(forge);
      await withdrawals.closeEnded(asPublished(taken.manifest));
      expect(forge.pulls[0]!.state).toBe('open');
      forge.failsNext = true;
      await withdrawals.closeEnded(asPublished(taken.manifest));
      expect(forge.failsNext).toBe(true);
    });
  });
});
