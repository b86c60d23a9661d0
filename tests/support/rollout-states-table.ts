import { BUCKETS, type RolloutManifest } from '@signalbox/contracts';
import type { Desired, ReconcileInput } from '../../tools/release/reconcile/index.js';
import { decidingRule, reconcile } from '../../tools/release/reconcile/index.js';
import {
  CONTEST,
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  publishedWhere,
  readingsOf,
  STEPS,
  SWITCH,
} from './rollout-fixtures.js';

/** A world in which something is published and pods run, with the strategy by which version 2 is asked for. */
interface State {
  readonly name: string;
  readonly manifest: RolloutManifest | null;
  readonly asks?: Partial<Desired>;
}

/** Everything that can stand in the way of, or move, one model: each cell of the table is computed by the code that decides. */
interface Situation {
  readonly name: string;
  readonly of: (state: State) => Omit<ReconcileInput, 'current'>;
}

const HOLD = { model: 'm', reason: 'wrong at night', since: '2001-04-01', by: 'Ada' };
const held = (version: number) => ({ holds: new Map([[packageOf(version).digest, HOLD]]) });
const DAY_US = 24 * HOUR_US;

type World = Omit<State, 'name'>;

/** A version is asked for `days` after the published manifest was entered, and no pod says anything. */
const ask =
  (version: number, change: Partial<Desired> = {}, days = 1) =>
  ({ asks, manifest }: World) => ({
    desired: desiredOf(version, { ...asks, ...change }),
    pods: [],
    eventNowUs: (manifest?.rollout.enteredAt ?? 0) + days * DAY_US,
  });

/** Version 2 is asked for, and every version in it got as many requests. */
const asked =
  (requests: number, failed: number, { days = 1, ...change }: Partial<Desired> & { readonly days?: number } = {}) =>
  (world: World) => ({
    ...ask(2, change, days)(world),
    pods: podsAt(world.manifest?.serial ?? 0, {
      ...{ 1: countsOf(requests), 2: countsOf(requests, failed), 3: countsOf(requests) },
    }),
    readings: readingsOf(2),
  });

const FROZEN = { waits: ['the environment is frozen'] };
const WITH_EVIDENCE = 'version 2 is asked for: ';
const IN_A_FREEZE = 'version 2 is asked for in a freeze: ';

const SITUATIONS: readonly Situation[] = [
  { name: 'version 1 is asked for', of: ask(1) },
  { name: `${WITH_EVIDENCE}no evidence`, of: ask(2) },
  { name: `${WITH_EVIDENCE}every condition passes`, of: asked(2000, 0) },
  { name: `${WITH_EVIDENCE}too few requests`, of: asked(20, 0) },
  { name: `${WITH_EVIDENCE}too few requests, for longer than a stage may take`, of: asked(20, 0, { days: 15 }) },
  { name: `${WITH_EVIDENCE}it fails`, of: asked(200, 60) },
  { name: `${WITH_EVIDENCE}two pods ask it no more`, of: broken },
  { name: `${WITH_EVIDENCE}another arm wins`, of: (state) => ({ ...asked(2000, 0)(state), readings: readingsOf(3) }) },
  { name: `${IN_A_FREEZE}every condition passes`, of: asked(2000, 0, FROZEN) },
  { name: `${IN_A_FREEZE}it fails`, of: asked(200, 60, FROZEN) },
  { name: 'version 2 is asked for, and held', of: ask(2, held(2)) },
  { name: 'version 2 is asked for, and what is live is held', of: heldChampion },
  { name: 'version 2 is asked for, and version 3 is held', of: ask(2, held(3)) },
  { name: 'version 2 is promoted again by a newer commit', of: ask(2, { repromoted: true }) },
  { name: 'version 3 is asked for', of: ask(3, { arms: [] }) },
  { name: 'version 3 is asked for in a freeze', of: ask(3, { ...FROZEN, arms: [] }) },
  {
    name: 'version 3 is asked for, by a strategy without steps',
    of: ask(3, { arms: [], strategy: { name: 'direct', stageDeadline: '7d', analysis: STEPS.analysis } }),
  },
];

function broken(state: World): Omit<ReconcileInput, 'current'> {
  const breaker = { version: 2, serial: state.manifest?.serial ?? 0, sinceMs: 0, reason: '5 failures in a row' };
  const input = asked(20, 0)(state);
  return { ...input, pods: input.pods.map((pod) => ({ ...pod, breaker })) };
}

function heldChampion(state: World): Omit<ReconcileInput, 'current'> {
  return ask(2, held(state.manifest?.champion ?? 1))(state);
}

const CONFIRMED_FIRST: Desired['strategy'] = { ...STEPS, confirm: ['shadow', 'canary-1', 'canary-2', 'live'] };

function states(): readonly State[] {
  const [one, two] = [desiredOf(1), desiredOf(2)];
  const at = (phase: string, step: number, asks: Partial<Desired> = {}) =>
    publishedWhere([one, desiredOf(2, asks)], ({ rollout }) => rollout.phase === phase && rollout.step === step);
  const lastStep = { manifest: at('canary', 1) };
  const rejected = reconcile({ ...asked(200, 60)(lastStep), current: lastStep.manifest }).manifest;
  const isHeld = reconcile({ ...ask(2, held(2))(lastStep), current: lastStep.manifest }).manifest;
  const confirmed = { strategy: CONFIRMED_FIRST, confirmed: new Set(['shadow', 'canary-1']) };
  const contest = { strategy: CONTEST, arms: [packageOf(3)] };
  const live2 = publishedWhere([one, two]);
  return [
    { name: 'idle: nothing is published', manifest: null },
    { name: 'live: version 1, nothing before it', manifest: publishedWhere([one]) },
    { name: 'shadow: version 2 gets copies, version 1 is live', manifest: at('shadow', 0) },
    { name: 'canary, first step: version 2 gets 10 %, version 1 the rest', manifest: at('canary', 0) },
    {
      name: 'canary, first step, and the next waits for a person',
      manifest: at('canary', 0, confirmed),
      asks: confirmed,
    },
    { name: 'canary, last step: version 2 gets 50 %, version 1 the rest', ...lastStep },
    {
      name: 'experiment: versions 2 and 3 get a third each, version 1 the rest',
      ...{ manifest: at('experiment', 0, contest), asks: contest },
    },
    {
      name: 'blue-green: version 2 gets all, version 1 copies',
      ...{ manifest: at('blue-green', 0, { strategy: SWITCH }), asks: { strategy: SWITCH } },
    },
    { name: 'live: version 2, version 1 is kept warm', manifest: live2 },
    { name: 'rejected: version 2 failed, version 1 is live', manifest: rejected },
    { name: 'held: version 2 was held, version 1 is live', manifest: isHeld },
    { name: 'emergency: version 1 was made live by hand', manifest: byHand(live2) },
  ];
}

/** Signed by hand while version 2 was live. */
function byHand(live: RolloutManifest): RolloutManifest {
  return {
    ...{ ...live, champion: 1, previousChampion: null, serial: live.serial + 1 },
    packages: [packageOf(1)],
    rollout: { ...live.rollout, emergency: { by: 'Ada', reason: 'the forge is down', atMs: 0 } },
  };
}

/** The part of `docs/rollout-states.md` that the code writes. */
export function statesTable(): string {
  return states()
    .map((state) => [`## ${state.name}`, '', HEADER, ...rows(state), ''].join('\n'))
    .join('\n');
}

const HEADER = '| what comes | rule | what is next | why |\n|---|---|---|---|';

/** Situations that differ in evidence alone are one row where evidence plays no part. */
function rows(state: State): string[] {
  const all = SITUATIONS.map((one) => ({ name: one.name, cells: cells(state, one) }));
  const merged = [WITH_EVIDENCE, IN_A_FREEZE].filter(
    (group) => new Set(all.filter(({ name }) => name.startsWith(group)).map((row) => row.cells)).size === 1,
  );
  const named = all.map((row) => {
    const group = merged.find((one) => row.name.startsWith(one));
    return group === undefined ? row : { ...row, name: group.replace(': ', '') };
  });
  return [...new Set(named.map((row) => `| ${row.name} | ${row.cells} |`))];
}

function cells(state: State, { of }: Situation): string {
  const current = state.manifest;
  const input = { ...of(state), current };
  const { manifest, reasons, verdicts } = reconcile(input);
  const next = manifest === null ? 'no change' : describe(manifest);
  const failed = verdicts.filter((one) => one.verdict === 'fail').map((one) => one.id);
  const why = failed.length > 0 ? `${failed.join(', ')} failed: it loses all traffic` : reasons.join('; ');
  const rejection = current?.rollout.rejected[0];
  return `${decidingRule(input)} | ${next} | ${rejection ? why.replace(rejection.reason, 'and why') : why}`;
}

function describe({ arms, candidate, candidateBuckets, champion, rollout, shadow }: RolloutManifest): string {
  const share = (buckets: number): string => `${(buckets / BUCKETS) * 100} %`;
  const step = rollout.phase === 'canary' ? ` step ${rollout.step + 1}` : '';
  const answers = [{ version: candidate, buckets: candidateBuckets }, ...arms]
    .filter(({ buckets }) => buckets > 0)
    .map(({ buckets, version }) => `, ${version} gets ${share(buckets)}`);
  const copies = shadow ? `, copies to ${shadow.version}` : '';
  return `**${rollout.phase}**${step}: ${champion} live${answers.join('')}${copies}`;
}
