import { parseWorkspace } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleRepository } from '../../../tests/support/sample-repository.js';
import type { App } from './app.js';
import { mergeRuleset } from './merge-ruleset.js';
import { planSettings } from './plan-settings.js';
import type { PresentEnvironment, PresentSettings, Ruleset, Setting } from './settings.js';
import { type Circumstances, unprotected } from './unprotected.js';
import { mainRuleset, strictestApprovals, wantedSettings } from './wanted-settings.js';

const app: App = { id: 4711, slug: 'signalbox-ada', permissions: {} };
const speaker = { app, check: 'signalbox/gates' };
const { workspace } = parseWorkspace(sampleRepository());
const guardians = { speaker, hasOwner: false };
const nobody = { speaker: null, hasOwner: false };
const wanted = wantedSettings({ workspace, isPublic: true }, guardians);

const UNGATED = { reviewers: [], preventsSelfReview: false, waitMinutes: 0 };

/** What GitHub shows once each setting was made. */
function applied(settings: readonly Setting[], present: PresentSettings): PresentSettings {
  const environments = new Map(present.environments);
  const variables = new Map(present.variables);
  let { forkApproval, mergeMethods, ruleset, workflowPermissions } = present;
  for (const setting of settings) {
    if (setting.kind === 'environment') {
      environments.set(setting.name, { ...(environments.get(setting.name) ?? UNGATED), ...setting.wanted });
    }
    if (setting.kind === 'variable') variables.set(setting.name, setting.wanted);
    if (setting.kind === 'fork-approval') forkApproval = setting.wanted;
    if (setting.kind === 'merge-methods') mergeMethods = setting.wanted;
    if (setting.kind === 'workflow-permissions') workflowPermissions = setting.wanted;
    if (setting.kind === 'ruleset') ruleset = { id: ruleset?.id ?? 1, value: setting.wanted };
  }
  return { environments, forkApproval, variables, mergeMethods, ruleset, workflowPermissions };
}

const flags = fc.boolean();
const someEnvironment: fc.Arbitrary<PresentEnvironment> = fc.record({
  branches: fc.option(fc.subarray(['main', 'dev', 'release/*'])),
  reviewers: fc.subarray([
    { type: 'User' as const, id: 1 },
    { type: 'Team' as const, id: 2 },
  ]),
  preventsSelfReview: flags,
  waitMinutes: fc.constantFrom(0, 30),
});
const someRuleset: fc.Arbitrary<Ruleset> = fc.record({
  name: fc.constant('signalbox'),
  target: fc.constant('branch' as const),
  enforcement: fc.constantFrom('active' as const, 'disabled' as const, 'evaluate' as const),
  conditions: fc.record({
    ref_name: fc.record({
      include: fc.subarray(['~DEFAULT_BRANCH', 'refs/heads/x']),
      exclude: fc.subarray(['refs/heads/main']),
    }),
  }),
  bypass_actors: fc.subarray([
    { actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' },
    { actor_id: 4711, actor_type: 'Integration', bypass_mode: 'pull_request' },
  ]),
  rules: fc
    .record({
      count: fc.nat(4),
      threads: flags,
      checks: fc.subarray(['lint', 'signalbox/gates']),
      signed: flags,
      level: flags,
    })
    .map(({ checks, count, level, signed, threads }) => [
      ...(signed ? [{ type: 'required_signatures' }] : []),
      {
        type: 'pull_request',
        parameters: { required_approving_review_count: count, required_review_thread_resolution: threads },
      },
      {
        type: 'required_status_checks',
        parameters: {
          required_status_checks: checks.map((context) => ({ context })),
          strict_required_status_checks_policy: level,
          do_not_enforce_on_create: true,
        },
      },
    ]),
});
const somePresent: fc.Arbitrary<PresentSettings> = fc.record({
  mergeMethods: fc.record({ allow_merge_commit: flags, allow_squash_merge: flags, allow_rebase_merge: flags }),
  workflowPermissions: fc.record({
    default_workflow_permissions: fc.constantFrom('read' as const, 'write' as const),
    can_approve_pull_request_reviews: flags,
  }),
  forkApproval: fc.option(
    fc.record({ approval_policy: fc.constantFrom('first_time_contributors', 'all_external_contributors') }),
  ),
  environments: fc.dictionary(fc.constantFrom('prod', 'staging', 'signalbox', 'other'), someEnvironment).map(asMap),
  variables: fc.dictionary(fc.constantFrom('SIGNALBOX_ENVIRONMENTS', 'X'), fc.constantFrom('["prod"]', '')).map(asMap),
  ruleset: fc.option(someRuleset.map((value) => ({ id: 3, value }))),
});

function asMap<T>(record: Record<string, T>): ReadonlyMap<string, T> {
  return new Map(Object.entries(record));
}

describe('the plan of a repository’s settings', () => {
  const seed = Date.now() % 2 ** 31;

  it(`has nothing left after it was applied, whatever was there before (seed ${seed})`, () => {
    fc.assert(
      fc.property(somePresent, (present) => {
        const first = planSettings(wanted, present);
        const open = first.filter(({ changes }) => changes.length > 0).map(({ setting }) => setting);
        const second = planSettings(wanted, applied(open, present));
        expect(second.flatMap(({ changes }) => changes)).toEqual([]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it(`takes away nothing that somebody made stricter, and every other way around (seed ${seed})`, () => {
    fc.assert(
      fc.property(someRuleset, (now) => {
        const merged = mergeRuleset(mainRuleset(1, guardians), now);
        expect(merged.bypass_actors).toEqual(mainRuleset(1, guardians).bypass_actors);
        const of = (ruleset: Ruleset, type: string) => ruleset.rules.find((rule) => rule.type === type)?.parameters;
        for (const { type } of now.rules) expect(merged.rules.map((rule) => rule.type)).toContain(type);
        const [before, after] = [of(now, 'pull_request')!, of(merged, 'pull_request')!];
        const [had, has] = [before, after].map((one) => one.required_approving_review_count as number);
        expect(has).toBe(Math.max(had!, 1));
        expect(after.required_review_thread_resolution).toBe(before.required_review_thread_resolution);
        const isLevel = (ruleset: Ruleset) =>
          of(ruleset, 'required_status_checks')!.strict_required_status_checks_policy;
        expect(isLevel(merged)).toBe(isLevel(now));
        const contexts = (ruleset: Ruleset) =>
          (of(ruleset, 'required_status_checks')!.required_status_checks as { context: string }[]).map(
            (one) => one.context,
          );
        expect(contexts(merged).sort()).toEqual([...new Set([...contexts(now), 'signalbox/gates'])].sort());
      }),
      { seed, numRuns: 300 },
    );
  });

  it('says what changes, from what to what', () => {
    const fresh: PresentSettings = {
      mergeMethods: { allow_merge_commit: true, allow_squash_merge: true, allow_rebase_merge: false },
      workflowPermissions: { default_workflow_permissions: 'write', can_approve_pull_request_reviews: false },
      forkApproval: { approval_policy: 'first_time_contributors' },
      environments: new Map([['prod', { ...UNGATED, branches: null, reviewers: [{ type: 'User', id: 1 }] }]]),
      variables: new Map(),
      ruleset: null,
    };
    const told = planSettings(wanted, fresh).map(({ changes, setting }) => [setting.kind, ...changes]);
    expect(told).toEqual([
      ['merge-methods', 'allow_squash_merge: true becomes false'],
      ['workflow-permissions', 'default_workflow_permissions: "write" becomes "read"'],
      ['fork-approval', 'approval_policy: "first_time_contributors" becomes "all_external_contributors"'],
      ['environment', 'it is made'],
      ['environment', 'branches: null becomes ["main"]'],
      ['environment', 'it is made'],
      ['variable', 'nothing becomes "[\\"prod\\",\\"staging\\"]"'],
      ['variable', 'nothing becomes "4711"'],
      ['ruleset', 'it is made'],
    ]);
  });
});

it('asks about the runs of forks where anybody may have one, or nobody knows', () => {
  const kinds = (isPublic: boolean | null) =>
    wantedSettings({ workspace, isPublic }, guardians).map(({ kind }) => kind);
  expect(kinds(false)).not.toContain('fork-approval');
  expect(kinds(null)).toContain('fork-approval');
});

describe('the ruleset of the main branch', () => {
  const atHome = { kind: { isOrganisation: false, isPublic: false }, programs: [] };
  const always = ['the machine of SIGNALBOX_RUNNER', 'that releases run', 'the variables'];
  const startingWith = (starts: readonly string[]) =>
    starts.map((start) => expect.stringMatching(new RegExp(`^${start}`)));

  it('asks as many people as the strictest tier of a model that is there', () => {
    const approvals = Object.entries(workspace.policies.get('default')!.tiers).map(([tier, rules]) => [
      tier,
      rules.approvals,
    ]);
    const tier = [...workspace.models.values()][0]!.riskTier;
    expect(strictestApprovals(workspace)).toBe(new Map(approvals as [string, number][]).get(tier));
    expect(strictestApprovals({ ...workspace, models: new Map() })).toBe(0);
  });

  it('names the App as the only source of the required check, and as the only way around', () => {
    const { bypass_actors, rules } = mainRuleset(2, guardians);
    expect(bypass_actors).toEqual([{ actor_id: 4711, actor_type: 'Integration', bypass_mode: 'pull_request' }]);
    expect(rules.at(-1)).toEqual({
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: false,
        required_status_checks: [{ context: 'signalbox/gates', integration_id: 4711 }],
      },
    });
  });

  it('asks no owner where it asks nobody: who works alone can approve nothing', () => {
    const reviewsOf = (approvals: number) => mainRuleset(approvals, nobody).rules.at(-1)!.parameters;
    expect(reviewsOf(0)).toMatchObject({ require_code_owner_review: false, require_last_push_approval: false });
    expect(reviewsOf(1)).toMatchObject({ require_code_owner_review: true, require_last_push_approval: true });
    const kept = mergeRuleset(mainRuleset(0, nobody), mainRuleset(2, nobody)).rules.at(-1)!.parameters;
    expect(kept).toMatchObject({ require_code_owner_review: true, required_approving_review_count: 2 });
  });

  it('asks an owner who is named, even where nobody else is asked', () => {
    const named = mainRuleset(0, { speaker: null, hasOwner: true }).rules.at(-1)!.parameters;
    expect(named).toMatchObject({ require_code_owner_review: true, required_approving_review_count: 0 });
  });

  it.each([
    {
      approvals: 0,
      app: null,
      hasOwner: false,
      open: ['policies, strategies', 'everything that has no', 'models: no'],
    },
    { approvals: 0, app: null, hasOwner: true, open: ['everything that has no', 'models: no'] },
    { approvals: 0, app: speaker, hasOwner: false, open: ['policies, strategies', 'everything that has no'] },
    { approvals: 1, app: null, hasOwner: false, open: ['models: no'] },
    { approvals: 1, app: speaker, hasOwner: false, open: ['what somebody pushed to the branch of another'] },
  ])('tells what it leaves open: $approvals approvals, App $app.app.slug, owner $hasOwner', (row) => {
    const told = unprotected(mainRuleset(row.approvals, { speaker: row.app, hasOwner: row.hasOwner }), atHome);
    expect(told.slice(0, -always.length)).toEqual(startingWith(row.open));
    expect(told.slice(-always.length)).toEqual(startingWith(always));
  });

  it('tells what more is open in a public repository, and where metrics name programs', () => {
    const told = (circumstances: Circumstances) => unprotected(mainRuleset(1, nobody), circumstances).slice(1);
    const [machine, ...others] = told({ kind: { ...atHome.kind, isPublic: true }, programs: ['churn', 'profit'] });
    expect(machine).toContain('and here one of a fork too');
    expect(others).toEqual(
      startingWith([...always.slice(1), 'the keys of the reconciler', 'that the schedule goes on: GitHub stops']),
    );
    expect(others.at(-2)).toContain('(churn, profit)');
    expect(told(atHome)[0]).not.toContain('fork');
    const [unknown, ...rest] = told({ kind: null, programs: [] });
    expect(unknown).toContain('where the repository is public one of a fork');
    expect(rest.at(-1)).toContain('where the repository is public: GitHub stops');
  });

  it('requires no check while no App could write it, and leaves alone who may go around', () => {
    const without = mainRuleset(1, nobody);
    expect(without.rules.map(({ type }) => type)).toEqual(['deletion', 'non_fast_forward', 'pull_request']);
    expect(mergeRuleset(without, mainRuleset(1, guardians)).bypass_actors).toHaveLength(1);
  });
});
