import { parseWorkspace, type Workspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import {
  digestOf,
  emptyWorkspace,
  POLICY,
  STRICTER_POLICY,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { type ReleaseState, statesBefore } from '../branch/release-history.js';
import { editRelease, versionIn } from '../changes/release-document.js';
import { describePlan, planChange } from './plan.js';

function workspace(change: Readonly<Record<string, unknown>> = {}): Workspace {
  const documents = Object.fromEntries(
    Object.entries({ ...worldDocuments(), ...change }).filter(([, value]) => value !== null),
  );
  const parsed = parseWorkspace(new Map(Object.entries(toYaml(documents))));
  expect(parsed.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  return parsed.workspace;
}

const release = (version: number, strategy = 'canary', more: object = {}) => ({
  'releases/prod/late.yaml': { version, strategy, ...more },
});
const said = (before: Workspace, after: Workspace) => describePlan(planChange(before, after));
/** Where what is published could be read, and nothing is. */
const seen = (before: Workspace, after: Workspace) =>
  describePlan(planChange(before, after, { nextPass: { outlooks: new Map(), unread: new Map() } }));

describe('a plan', () => {
  it('says that recording a version releases nothing', () => {
    const text = seen(workspace({ 'models/late/versions/3.yaml': null }), workspace());
    expect(text).toContain('Merging this changes no traffic.');
    expect(text).toContain('Version 3 of late is recorded');
  });

  it('names the versions that a change of the gates that block ends, and no others', () => {
    const stricter = { 'releases/policies/default.yaml': STRICTER_POLICY };
    const asked = release(1);
    const text = said(workspace(asked), workspace({ ...asked, ...stricter }));
    expect(text).toContain('unless they were live in prod they cannot be promoted there any more');
    // Version 3 was compared with version 2, so it waited for that already.
    expect(text).toMatch(/once this is merged: late 2[.]$/m);
    const without = { 'models/late/versions/2.yaml': null };
    expect(said(workspace({ ...asked, ...without }), workspace({ ...asked, ...stricter }))).toMatch(/: late 2[.]$/m);
    const { low } = POLICY.tiers;
    const words = { ...POLICY, description: 'Other words.', tiers: { ...POLICY.tiers, low: { ...low, approvals: 2 } } };
    const quiet = { ...asked, 'releases/policies/default.yaml': words };
    expect(said(workspace(asked), workspace(quiet))).not.toContain('Other gates block');
    expect(said(workspace({ ...asked, ...stricter }), workspace({ ...asked, ...stricter }))).not.toContain(
      'Other gates',
    );
  });

  it('says that the first version goes live at once', () => {
    expect(said(workspace(), workspace(release(1)))).toContain('nothing to compare it with');
  });

  it('says of a model under another name that it starts anew, and that its packages do not', () => {
    const { 'models/late/model.yaml': card, 'models/late/versions/2.yaml': second } = worldDocuments();
    const gone = [1, 2, 3].map((version) => [`models/late/versions/${version}.yaml`, null]);
    const tardy = { 'models/tardy/model.yaml': card, 'models/tardy/versions/2.yaml': second };
    const renamed = { ...Object.fromEntries(gone), ...tardy, 'models/late/model.yaml': null };
    const asked = { 'releases/prod/tardy.yaml': { version: 2, strategy: 'canary' } };
    const text = said(workspace(release(2)), workspace({ ...renamed, ...asked }));
    expect(text).toContain('all units get it as soon as pods have loaded it');
    expect(text).toContain('Its package was made as version 2 of late. A model under another name is another model');
    expect(text).toContain(
      'releases/prod/late.yaml goes: that asks for nothing, so what is live serves on, and a candidate',
    );
    expect(said(workspace(), workspace(release(1)))).not.toContain('another name');
  });

  it('says what a hold does where nothing asks for the model', () => {
    const held = { model: 'late', reason: 'bad at night', since: '2001-04-01', by: 'Ada' };
    const hold = { [`releases/prod/holds/${digestOf(2).slice(7)}.yaml`]: held };
    expect(said(workspace(), workspace(hold))).toContain('Version 2 is held and gets no traffic: bad at night.');
    expect(seen(workspace(hold), workspace(hold))).toBe('Merging this changes no traffic.');
  });

  it('says each step of a canary, what ends it, and the way back with its time', () => {
    const text = said(workspace(release(1)), workspace(release(2)));
    expect(text).toContain('Version 2 is to replace version 1 in prod.');
    expect(text).toContain('10 % of the units (at least 0s and 100 requests), then 50 % of the units');
    expect(text).toContain("its error rate is less than 5 percentage points above the live version's; if");
    expect(text).toContain('signalbox rollback late --env prod --merge');
    expect(text).toContain('within 1400ms');
  });

  it('says what else a strategy asks of a step', () => {
    const analysis = { errorRateMargin: 0.01, latency: { quantile: 0.9, marginMs: 50 } };
    const shadow = { share: 0.25, minDuration: '1h', minSample: 100 };
    const steps = [{ weight: 0.1, minDuration: '1h', minSample: 100 }];
    const by = (strategy: object) => {
      const documents = {
        'releases/strategies/canary.yaml': { description: 'Slowly.', canary: { steps }, ...strategy },
      };
      return said(workspace({ ...documents, ...release(1) }), workspace({ ...documents, ...release(2) }));
    };
    const text = by({ analysis });
    expect(text).toContain('less than 1 percentage point above');
    expect(text).toContain('its 90 % quantile of latency less than 50 ms above; if');
    expect(by({ shadow, analysis: { ...analysis, scoreShiftMargin: 0.1 } })).toContain(
      'for the copies, its mean score less than 0.1 away',
    );
  });

  it('says that going back may take no steps, and that coming forward again does where it was left', () => {
    const text = said(workspace(release(2)), workspace(release(1)));
    expect(text).toContain('at once, without steps');
    expect(text).toContain(
      'if version 2 is still live then, or loaded, it answers again within 1400ms; if it was left',
    );
  });

  it('says what a strategy, a fallback, a hold and a removed release do', () => {
    const before = workspace(release(2));
    expect(said(before, workspace(release(2, 'direct')))).toContain('starts again at its first step');
    expect(said(before, workspace(release(2, 'canary', { fallback: { version: 1 } })))).toContain(
      'Version 1 stays loaded',
    );
    const hold = { model: 'late', reason: 'it is wrong', since: '2001-04-01', by: 'Ada' };
    const held = workspace({ ...release(2), [`releases/prod/holds/${digestOf(2).slice(7)}.yaml`]: hold });
    expect(said(before, held)).toContain(
      'Version 2 is held and gets no traffic: it is wrong.\n  If it is live and no version before it is loaded any more, it serves on',
    );
    expect(said(held, before)).toContain('Version 2 is held no longer.');
    expect(said(before, workspace())).toContain('serves on');
  });

  it('says what becomes of an environment', () => {
    const settings = worldDocuments()['releases/prod/environment.yaml'] as object;
    const changed = workspace({ 'releases/prod/environment.yaml': { ...settings, minPods: 3 } });
    expect(said(workspace(), changed)).toContain('These settings change: minPods.');
    expect(said(emptyWorkspace, workspace())).toContain('A new environment');
    expect(said(workspace(), emptyWorkspace)).toContain('The environment goes');
    expect(seen(workspace(), workspace())).toBe('Merging this changes no traffic.');
    expect(said(workspace(), workspace())).toBe(
      'No release file asks for anything else. What is published in prod could not be read here (it was not looked at), so this does not say what the next pass makes of it.',
    );
  });
});

describe('a release file', () => {
  it('keeps its comments when its values change', () => {
    const text = '# why\nversion: 1 # first\nstrategy: canary\nfallback: { version: 1 }\n';
    const edited = editRelease(text, { version: 2, strategy: 'direct' });
    expect(edited).toBe('# why\nversion: 2 # first\nstrategy: direct\nfallback: { version: 1 }\n');
    expect(editRelease(edited, { version: 3, strategy: 'direct', fallback: null })).not.toContain('fallback');
    expect(editRelease(null, { version: 1, strategy: 'canary', fallback: 2 })).toBe(
      'version: 1\nstrategy: canary\nfallback:\n  version: 2\n',
    );
  });

  it('is written anew where it could not be read', () => {
    for (const broken of ['version: [1', '- 1', '']) {
      expect(editRelease(broken, { version: 2, strategy: 'canary' })).toBe('version: 2\nstrategy: canary\n');
    }
  });

  it('has no version where it says none', () => {
    expect(['version: 2', 'version: two', '', '- 1'].map(versionIn)).toEqual([2, null, null, null]);
    expect(['version: *nothing', '['.repeat(50_000)].map(versionIn)).toEqual([null, null]);
  });

  it('has the version that an alias stands for', () => {
    expect(versionIn('requires:\n  other: &v 2\nversion: *v\n')).toBe(2);
  });
});

describe('the state before', () => {
  const before = (...versions: number[]) => {
    const states = versions.map((version, i): ReleaseState => ({ commit: `${i}`, subject: '', text: '', version }));
    return statesBefore(states)[0]?.version ?? null;
  };

  it('is what was promoted before, with every return taken off', () => {
    expect(before()).toBeNull();
    expect(before(1)).toBeNull();
    expect(before(1, 2)).toBe(1);
    expect(before(1, 2, 2)).toBe(1);
    expect(before(1, 2, 1)).toBeNull();
    expect(before(1, 2, 3, 2)).toBe(1);
    expect(before(1, 2, 1, 2)).toBe(1);
    expect(before(1, 2, 3)).toBe(2);
    expect(before(1, 2, 3, 2, 1, 4)).toBe(1);
  });

  it('is never what was fled from, however far the return went', () => {
    expect(before(1, 2, 3, 1)).toBeNull();
    expect(before(1, 2, 3, 4, 2)).toBe(1);
    expect(before(1, 2, 3, 1, 4)).toBe(1);
  });
});
