import type { RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { digestOf, emptyWorkspace, podAt } from '../../../tests/support/release-world.js';
import { LocalForge } from '../../forge/index.js';
import { emergencyEnd, repromotion } from '../branch/main-branch.js';
import { planBranch } from './branch.js';
import type { Outlooks } from './outlook.js';
import { describePlan, planChange } from './plan.js';
import type { PlannedTrailer } from './planned-trailers.js';

const SECOND = repromotion('prod', 'late', digestOf(2));
const said = (key: PlannedTrailer['key'], value: string, counts = true): PlannedTrailer => ({
  ...{ commit: 'c'.repeat(40), key, value, counts },
});

describe('what the commits of a branch say', () => {
  const planned = (trailers: readonly PlannedTrailer[], outlooks: Outlooks = new Map()) =>
    describePlan(planChange(emptyWorkspace, emptyWorkspace, { trailers, nextPass: { outlooks, unread: new Map() } }));
  const publishing = (rollout: object): Outlooks => {
    const manifest = {
      serial: 7,
      rollout: { rejected: [], emergency: null, ...rollout },
    } as unknown as RolloutManifest;
    const same = { published: manifest, next: manifest, otherwise: manifest, asksOtherwise: false };
    return new Map([['prod/late', { ...same, reasons: [], lost: [], isReturn: false, servedFeatures: new Set() }]]);
  };

  it('is told where it promotes again, with what is known of the version', () => {
    const trailers = [said('Re-promote', SECOND), said('Re-promote', SECOND)];
    const [, title, ...lines] = planned(trailers, publishing({ rejected: [{ digest: digestOf(2) }] })).split('\n');
    expect([title, lines]).toEqual([
      'prod/late',
      [`  Merging this promotes late package ${digestOf(2)}, which was rejected, again in prod.`],
    ]);
    expect(planned(trailers, publishing({}))).toContain('again in prod, if it is rejected there then.');
    expect(planned(trailers)).toContain('again in prod, if it is rejected there then.');
  });

  it('is told where it ends an emergency', () => {
    const trailers = [said('End-emergency', emergencyEnd('prod', 'late', 7))];
    expect(planned(trailers, publishing({ emergency: { by: 'Ada' } }))).toContain(
      'Merging this ends the emergency of late in prod: Git decides again what runs.',
    );
    expect(planned(trailers)).toContain('in prod, if it stood at serial 7: Git');
    const at = (serial: number) => [said('End-emergency', emergencyEnd('prod', 'late', serial))];
    const stands = publishing({ emergency: { by: 'Ada' } });
    expect(planned(at(6), stands)).toContain('in prod, if it stood at serial 6: Git');
    expect(planned(at(99), stands)).toContain('and that decides nothing here: the emergency stands at serial 7.');
    expect(planned(trailers, publishing({}))).toContain('decides nothing here: no emergency of late stands in prod.');
  });

  it('is stopped where the branch lacks what is published', () => {
    const outlooks = publishing({});
    const stopped = (lost: readonly string[]) => {
      const nextPass = {
        outlooks: new Map([...outlooks].map(([name, one]) => [name, { ...one, lost }])),
        unread: new Map(),
      };
      return planChange(emptyWorkspace, emptyWorkspace, { nextPass }).stopped;
    };
    expect([stopped([]), stopped(['c'.repeat(40)])]).toEqual([false, true]);
  });

  it('is told where it decides nothing, and why', () => {
    const text = planned([
      said('Re-promote', SECOND, false),
      said('End-emergency', emergencyEnd('prod', 'late', 7), false),
      said('Re-promote', 'late \u001b[2J', false),
    ]);
    expect(text).toContain('Merging this changes no traffic.');
    expect(text).toContain(
      `A commit says “Re-promote: ${SECOND}”, and that decides nothing here: it counts in a change`,
    );
    expect(text).toContain('it counts in a change of releases/prod/, or of no file at all.');
    expect(text).toContain('“Re-promote: late \\u{1b}[2J”, and that decides nothing here: it names no environment');
  });
});

describe('a rejected version', () => {
  const story = releaseStory();
  async function fails() {
    const { asked, pass, promoted, world } = story;
    await promoted(1);
    await pass();
    await asked(2, 'canary');
    await pass();
    await world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [50, 20] }));
    expect((await pass()).models[0]!.manifest!.rollout.phase).toBe('rejected');
  }

  it('is promoted again by what its plan says, and not by the title of a change of documentation', async () => {
    const { world, pass } = story;
    await fails();
    const { git } = world;
    const open = async (
      head: string,
      title: string,
      [message, files = {}]: readonly [string, Record<string, string>?],
    ) => {
      await git.run(['fetch', '--quiet', 'origin', 'main']);
      await git.run(['switch', '--quiet', '--create', head, 'FETCH_HEAD']);
      await world.commit(files, message);
      const plan = describePlan((await planBranch(world.folder, { base: 'main', wallNow: Date.now })).plan);
      const forge = await LocalForge.open(world.forge);
      const author = { name: 'Mallory', email: 'mallory@example.com' };
      const { number } = await forge.openPullRequest({ head, base: 'main', title, body: '', author });
      await forge.merge(number, author);
      return plan;
    };
    const trailer = `Re-promote: ${SECOND}`;
    const docs = await open('docs', trailer, [`Correct a word\n\n${trailer}`, { 'README.md': 'A word.\n' }]);
    expect(docs).toContain('Merging this changes no traffic.\n');
    expect(docs).toContain(`A commit says “${trailer}”, and that decides nothing here`);
    expect((await pass()).models[0]!.manifest!.rollout.phase).toBe('rejected');
    const again = await open('again', 'Try it', [`Try it again\n\n${trailer}`]);
    expect(again).toContain('Merging this promotes late version 2, which was rejected, again in prod.');
    expect((await pass()).models[0]!.manifest!.rollout.phase).toBe('canary');
  });

  it('is told in the request of the verb that promotes it again', async () => {
    const { pass, promoted, world } = story;
    await fails();
    const { number } = await promoted(2, { rePromote: true });
    const { body } = await (await LocalForge.open(world.forge)).getPullRequest(number);
    expect(body).toContain('Merging this promotes late version 2, which was rejected, again in prod.');
    expect((await pass()).models[0]!.manifest).toMatchObject({ candidate: 2, rollout: { phase: 'canary' } });
  });
});
