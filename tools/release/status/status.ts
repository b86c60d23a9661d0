import type { Environment, PodRefusal, RolloutManifest, Verdict } from '@signalbox/contracts';
import type { PodReport } from '../../evidence/index.js';
import type { MetricReadings } from '../analysis/index.js';
import { type Head, modelsOf, reasonsWith, resolveDesired } from '../desired/desired.js';
import { nothingMoves, overlookedHere, overlookedOf } from '../desired/overlooked.js';
import { evidenceFor } from '../evidence.js';
import { reconcile } from '../reconcile/index.js';
import type { Background } from '../waits/index.js';
import type { WithdrawalOutcome } from '../withdrawal/index.js';
import { describePriority } from './describe.js';
import { environmentNotes, holdNotes, modelNotes, untoldErrors } from './notes.js';

/** What is desired, published and applied, side by side, with a reason wherever two of them differ. */
export interface EnvironmentStatus {
  readonly environment: string;
  /** The head that was read; null where the forge that has it is gone, so that nobody knows what is asked for. */
  readonly commit: string | null;
  /** Freezes, change windows, a forge that could not be asked: what holds whatever the model. */
  readonly notes: readonly string[];
  readonly models: readonly ModelStatus[];
}

export interface ModelStatus {
  readonly model: string;
  /** Null when main asks for nothing that can be read; `reasons` says why. */
  readonly desired: { readonly version: number; readonly strategy: string; readonly digest: string } | null;
  readonly published: RolloutManifest | null;
  /** Why published is not (yet) what is desired, and what a pass would do now. */
  readonly reasons: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** What the reconciler does not act on, and people should know. */
  readonly notes: readonly string[];
  /** A pass would publish something: no reconciler has run since. */
  readonly due: boolean;
  readonly pods: readonly PodLine[];
  /** The request that takes a rejected version back; null when there is none. */
  readonly withdrawal: WithdrawalOutcome | null;
}

export interface PodLine {
  readonly pod: string;
  readonly address: string;
  /** What is counted is about this one. */
  readonly appliedSerial: number | null;
  /** By which it answers: where it refuses the published one, it may serve what is left of it. */
  readonly servedSerial: number | null;
  readonly loaded: readonly number[];
  /** Null when the pod has applied what is published, as a whole, and says so. */
  readonly difference: string | null;
}

export interface StatusInput {
  readonly environment: string;
  readonly settings: Environment;
  readonly head: Head;
  readonly published: ReadonlyMap<string, RolloutManifest>;
  /** What cannot be said of a model, by its name. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** By model, of all that are released or published and of which that can be said. */
  readonly backgrounds: ReadonlyMap<string, Background>;
  readonly withdrawals: ReadonlyMap<string, WithdrawalOutcome>;
  /** By model: what metrics say of a rollout under way. */
  readonly readings: ReadonlyMap<string, MetricReadings>;
  /** Why the forge could not be asked; null: the head is what it says now. */
  readonly unsynced: string | null;
  /** Why the reconciler takes nothing from the head; null: it does. */
  readonly refused: string | null;
  /** Why nobody seems able to sign, or to read what was. */
  readonly signing: readonly string[];
  readonly reports: readonly PodReport[];
  readonly eventNowUs: number | null;
  readonly wallNowMs: number;
}

/** Pure: what the last pass saw is asked again, so the reasons are the reconciler's own. */
export function statusOf(input: StatusInput): EnvironmentStatus {
  const { environment, head, published, refused, signing, unsynced, wallNowMs } = input;
  const models = modelsOf(head, environment, published.keys()).map((model) => modelStatus(model, input));
  const overlooked = overlookedHere(head, environment).map(nothingMoves);
  const told = [...overlooked, ...models.flatMap(({ notes, reasons }) => [...notes, ...reasons])];
  return {
    environment,
    commit: head.commit,
    notes: [
      ...(unsynced === null ? [] : [`${unsynced}: this is what it said last`]),
      ...(refused === null ? [] : [refused]),
      ...overlooked,
      ...untoldErrors(head, told),
      ...signing,
      ...environmentNotes(environment, head.workspace.environments.get(environment)!, wallNowMs),
    ],
    models,
  };
}

/** What is published and applied, where nobody can tell what is desired. Pure. */
export function statusWithoutHead(
  input: Pick<StatusInput, 'environment' | 'settings' | 'published' | 'signing' | 'reports' | 'wallNowMs'>,
  why: string,
): EnvironmentStatus {
  const { environment, published, reports, signing } = input;
  const models = [...published].map(([model, current]): ModelStatus => {
    const pods = reports.flatMap((report) => podLine(report, { ...input, model, current }));
    const unknown = { desired: null, reasons: [], verdicts: [], due: false, withdrawal: null };
    return { model, published: current, pods, notes: describePriority(current), ...unknown };
  });
  return { environment, commit: null, notes: [why, ...signing], models };
}

function modelStatus(model: string, input: StatusInput): ModelStatus {
  const { environment, eventNowUs, head, reports, settings, wallNowMs } = input;
  const current = input.published.get(model) ?? null;
  const pods = reports.flatMap((report) => podLine(report, { model, current, settings, wallNowMs }));
  const withdrawal = input.withdrawals.get(model) ?? null;
  const notes = [
    ...modelNotes(model, head.workspace.environments.get(environment)!, input.published),
    ...holdNotes({ environment, head, model }, current),
    ...(input.problems.get(model) ?? []),
  ];
  const seen = { model, published: current, pods, withdrawal, notes };
  const background = input.backgrounds.get(model);
  if (background === undefined) return { ...seen, desired: null, reasons: [], verdicts: [], due: false };
  const resolved = resolveDesired(head, { environment, model, published: input.published, background, wallNowMs });
  if ('unresolved' in resolved) {
    return { ...seen, desired: null, reasons: [resolved.unresolved], verdicts: [], due: false };
  }
  const { desired } = resolved;
  const evidence = evidenceFor(reports, model);
  const readings = input.readings.get(model) ?? new Map();
  const { manifest, verdicts, ...said } = reconcile({ desired, current, pods: evidence, eventNowUs, readings });
  const reasons = reasonsWith(resolved, said.reasons);
  return {
    ...seen,
    desired: { version: desired.package.version, strategy: desired.strategy.name, digest: desired.package.digest },
    reasons: input.refused === null ? reasons : ['nothing of this head is published: it is refused, see above'],
    verdicts,
    notes: [...notes, ...overlookedOf({ environment, head, model }, input.refused === null ? reasons : [])],
    due: manifest !== null && input.refused === null,
  };
}

function podLine(
  { fresh, models, pod, problem, status }: PodReport,
  about: {
    readonly model: string;
    readonly current: RolloutManifest | null;
    readonly settings: Environment;
    readonly wallNowMs: number;
  },
): readonly PodLine[] {
  if (status === null)
    return [{ pod, address: '–', appliedSerial: null, servedSerial: null, loaded: [], difference: problem }];
  const said = status.models[about.model];
  if (!said) return [];
  const { appliedSerial, breaker, frozen, loaded, rejected, servedSerial, unusable } = said;
  const serial = about.current?.serial ?? null;
  const difference = (): string | null => {
    if (problem !== null) return problem;
    if (!fresh) return `silent for ${Math.round((about.wallNowMs - status.writtenAtMs) / 1000)} s: it may be gone`;
    const leftOut = unusable.map(({ reason, version }) => `serves without version ${version}: ${reason}`);
    if (rejected && rejected.serial === serial) return [refusalOf(rejected, servedSerial), ...leftOut].join('; ');
    if (frozen) return 'frozen: what it trusts has expired, so it serves on with that';
    if (appliedSerial !== serial) return `behind serial ${serial}: it polls every ${about.settings.pods.poll}`;
    const gap = models.get(about.model)?.problem;
    if (gap) return gap;
    const cutOff = breaker?.serial === serial ? [`asks version ${breaker.version} no more: ${breaker.reason}`] : [];
    return [...cutOff, ...leftOut].join('; ') || null;
  };
  const versions = loaded.map((one) => one.version).sort((a, b) => a - b);
  return [{ pod, address: status.address, appliedSerial, servedSerial, loaded: versions, difference: difference() }];
}

/** Whoever has just held a version wants to know whether it still answers. */
function refusalOf({ reason, serial }: PodRefusal, servedSerial: number | null): string {
  const serves = servedSerial === serial ? 'serves it but for what it tries' : `serves on by serial ${servedSerial}`;
  return `refuses serial ${serial}: ${reason}${servedSerial === null ? '' : `; ${serves}`}`;
}
