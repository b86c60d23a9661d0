import { BUCKETS, type RolloutManifest } from '@signalbox/contracts';
import type { Desired, ReconcileInput } from '../../tools/release/reconcile/index.js';
import { decidingRule, reconcile, stateOf } from '../../tools/release/reconcile/index.js';
import { countsOf, desiredOf, HOUR_US, packageOf, podsAt, publishedWhere, STEPS } from './rollout-fixtures.js';

/** Everything that can stand in the way of, or move, one model: each cell of the table is computed by the code that decides. */
interface Situation {
  readonly name: string;
  readonly of: (current: RolloutManifest | null) => Omit<ReconcileInput, 'current'>;
}

const HOLD = { model: 'm', reason: 'wrong at night', since: '2001-04-01', by: 'Ada' };
const LATER_US = 10_000 * HOUR_US;

const ask = (version: number, change: Partial<Desired> = {}): Omit<ReconcileInput, 'current'> => ({
  desired: desiredOf(version, change),
  pods: [],
  eventNowUs: LATER_US,
});

const asked = (requests: number, failed: number) => (current: RolloutManifest | null) => ({
  ...ask(2),
  pods: podsAt(current?.serial ?? 0, { 1: countsOf(2000), 2: countsOf(requests, failed) }),
});

const WITH_EVIDENCE = 'version 2 is asked for: ';
const NO_EVIDENCE = `${WITH_EVIDENCE}no evidence`;

const SITUATIONS: readonly Situation[] = [
  { name: 'version 1 is asked for', of: () => ask(1) },
  { name: NO_EVIDENCE, of: () => ask(2) },
  { name: `${WITH_EVIDENCE}every condition passes`, of: asked(2000, 0) },
  { name: `${WITH_EVIDENCE}too few requests`, of: asked(20, 0) },
  { name: `${WITH_EVIDENCE}it fails`, of: asked(200, 60) },
  { name: 'version 2 is asked for, and held', of: () => ask(2, { holds: new Map([[packageOf(2).digest, HOLD]]) }) },
  {
    name: 'version 2 is asked for, its strategy cannot be read',
    of: () => ask(2, { waits: ['the strategy cannot be read'] }),
  },
  { name: 'version 2 is promoted again by a newer commit', of: () => ask(2, { repromoted: true }) },
  { name: 'version 3 is asked for', of: () => ask(3) },
  {
    name: 'version 3 is asked for, by a strategy without steps',
    of: () => ask(3, { strategy: { name: 'direct', stageDeadline: '7d', analysis: STEPS.analysis } }),
  },
];

function states(): readonly { readonly name: string; readonly manifest: RolloutManifest | null }[] {
  const [one, two] = [desiredOf(1), desiredOf(2)];
  const at = (phase: string, step: number) =>
    publishedWhere([one, two], ({ rollout }) => rollout.phase === phase && rollout.step === step);
  const lastStep = at('canary', 1);
  const rejected = reconcile({ ...asked(200, 60)(lastStep), current: lastStep }).manifest;
  const held = reconcile({ ...ask(2, { holds: new Map([[packageOf(2).digest, HOLD]]) }), current: lastStep }).manifest;
  return [
    { name: 'idle: nothing is published', manifest: null },
    { name: 'live: version 1, nothing before it', manifest: publishedWhere([one]) },
    { name: 'shadow: version 2 gets copies, version 1 is live', manifest: at('shadow', 0) },
    { name: 'canary, first step: version 2 gets 10 %, version 1 the rest', manifest: at('canary', 0) },
    { name: 'canary, last step: version 2 gets 50 %, version 1 the rest', manifest: lastStep },
    { name: 'live: version 2, version 1 is kept warm', manifest: publishedWhere([one, two]) },
    { name: 'rejected: version 2 failed, version 1 is live', manifest: rejected },
    { name: 'held: version 2 was held, version 1 is live', manifest: held },
  ];
}

/** The part of `docs/rollout-states.md` that the code writes. */
export function statesTable(): string {
  return states()
    .map(({ manifest, name }) => [`## ${name}`, '', HEADER, ...rows(manifest), ''].join('\n'))
    .join('\n');
}

const HEADER = '| what comes | rule | what is next | why |\n|---|---|---|---|';

/** Situations that differ in evidence alone are one row where evidence plays no part. */
function rows(current: RolloutManifest | null): string[] {
  const all = SITUATIONS.map((one) => ({ name: one.name, cells: cells(current, one) }));
  const [first = '', ...others] = all.flatMap(({ cells, name }) => (name.startsWith(WITH_EVIDENCE) ? [cells] : []));
  const merges = others.every((one) => one === first);
  return all
    .filter(({ name }) => !merges || !name.startsWith(WITH_EVIDENCE) || name === NO_EVIDENCE)
    .map(({ cells, name }) => `| ${merges && name === NO_EVIDENCE ? 'version 2 is asked for' : name} | ${cells} |`);
}

function cells(current: RolloutManifest | null, { of }: Situation): string {
  const input = { ...of(current), current };
  const { manifest, reasons, verdicts } = reconcile(input);
  const rule =
    current === null ? 'bootstrap' : decidingRule({ ...input, state: stateOf(current), serial: current.serial });
  const next = manifest === null ? 'no change' : describe(manifest);
  const failed = verdicts.some((one) => one.verdict === 'fail');
  const why = failed ? 'the error rate is shown to be over the margin: it loses all traffic' : reasons.join('; ');
  const rejection = current?.rollout.rejected[0];
  return `${rule} | ${next} | ${rejection ? why.replace(rejection.reason, 'and why') : why}`;
}

function describe({ candidate, candidateBuckets, champion, rollout, shadow }: RolloutManifest): string {
  const share = `${(candidateBuckets / BUCKETS) * 100} %`;
  const step = rollout.phase === 'canary' ? ` step ${rollout.step + 1}` : '';
  const test = shadow ? `, copies to ${shadow.version}` : candidate === null ? '' : `, ${candidate} gets ${share}`;
  return `**${rollout.phase}**${step}: ${champion} live${test}`;
}
