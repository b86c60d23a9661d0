import { type Environment, parseDurationMs, type RolloutManifest, type Verdict } from '@signalbox/contracts';
import { type PodReport, PodReports, staleAfterMs } from '../evidence/index.js';
import { readPublished } from '../trust/index.js';
import { gitOf } from './bot-git.js';
import { type Head, modelsOf, resolveDesired } from './desired.js';
import { backgroundOf } from './desired-background.js';
import { SoakReader } from './desired-soak.js';
import { eventNowUs } from './event-clock.js';
import { evidenceFor } from './evidence.js';
import { MAIN_BRANCH } from './main-branch.js';
import { type EnvironmentAddress, openEnvironment } from './open-environment.js';
import { reconcile } from './reconcile/index.js';
import type { Background } from './waits/index.js';
import { takenBackOf, type WithdrawalOutcome, Withdrawals } from './withdrawal/index.js';

/** What is desired, published and applied, side by side, with a reason wherever two of them differ. */
export interface EnvironmentStatus {
  readonly environment: string;
  readonly commit: string;
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
  /** A pass would publish something: no reconciler has run since. */
  readonly due: boolean;
  readonly pods: readonly PodLine[];
  /** The request that takes a rejected version back; null when there is none. */
  readonly withdrawal: WithdrawalOutcome | null;
}

export interface PodLine {
  readonly pod: string;
  readonly address: string;
  readonly appliedSerial: number | null;
  readonly loaded: readonly number[];
  /** Null when the pod has applied what is published, and says so. */
  readonly difference: string | null;
}

export interface StatusInput {
  readonly environment: string;
  readonly settings: Environment;
  readonly head: Head;
  readonly published: ReadonlyMap<string, RolloutManifest>;
  /** By model, of all that are released or published. */
  readonly backgrounds: ReadonlyMap<string, Background>;
  readonly withdrawals: ReadonlyMap<string, WithdrawalOutcome>;
  readonly reports: readonly PodReport[];
  readonly eventNowUs: number | null;
  readonly wallNowMs: number;
}

/** Pure: what the last pass saw is asked again, so the reasons are the reconciler's own. */
export function statusOf(input: StatusInput): EnvironmentStatus {
  const models = modelsOf(input.head, input.environment, input.published.keys());
  return {
    environment: input.environment,
    commit: input.head.commit,
    models: models.map((model) => modelStatus(model, input)),
  };
}

function modelStatus(model: string, input: StatusInput): ModelStatus {
  const { environment, eventNowUs, head, reports, settings, wallNowMs } = input;
  const current = input.published.get(model) ?? null;
  const pods = reports.flatMap((report) => podLine(report, { model, current, settings, wallNowMs }));
  const withdrawal = input.withdrawals.get(model) ?? null;
  const seen = { model, published: current, pods, withdrawal };
  const background = input.backgrounds.get(model)!;
  const resolved = resolveDesired(head, { environment, model, published: input.published, background, wallNowMs });
  if ('unresolved' in resolved) {
    return { ...seen, desired: null, reasons: [resolved.unresolved], verdicts: [], due: false };
  }
  const { desired } = resolved;
  const evidence = evidenceFor(reports, model);
  const { manifest, reasons, verdicts } = reconcile({ desired, current, pods: evidence, eventNowUs });
  return {
    ...seen,
    desired: { version: desired.package.version, strategy: desired.strategy.name, digest: desired.package.digest },
    reasons,
    verdicts,
    due: manifest !== null,
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
  if (status === null) return [{ pod, address: '–', appliedSerial: null, loaded: [], difference: problem }];
  const said = status.models[about.model];
  if (!said) return [];
  const { appliedSerial, frozen, loaded, rejected } = said;
  const serial = about.current?.serial ?? null;
  const difference = (): string | null => {
    if (problem !== null) return problem;
    if (!fresh) return `silent for ${Math.round((about.wallNowMs - status.writtenAtMs) / 1000)} s: it may be gone`;
    if (rejected && rejected.serial === serial) return `refuses serial ${serial}: ${rejected.reason}`;
    if (frozen) return 'frozen: what it trusts has expired, so it serves on with that';
    if (appliedSerial !== serial) return `behind serial ${serial}: it polls every ${about.settings.pods.poll}`;
    return models.get(about.model)?.problem ?? null;
  };
  const versions = loaded.map((one) => one.version).sort((a, b) => a - b);
  return [{ pod, address: status.address, appliedSerial, loaded: versions, difference: difference() }];
}

/** Reads all three sides. Needs no key. Errors: those of `openEnvironment`, `trust/unverified`, `store/unavailable`. */
export async function readStatus(address: EnvironmentAddress): Promise<EnvironmentStatus> {
  const { branch, commit, environment, forge, repository, rootBytes, settings, store } = await openEnvironment(address);
  const head = await branch.read(commit);
  const published =
    (await readPublished({ store, environment, rootBytes }))?.manifests ?? new Map<string, RolloutManifest>();
  const underWay = [...published.values()].flatMap(({ candidate, model }) => (candidate === null ? [] : [model]));
  const staleMs = staleAfterMs(parseDurationMs(settings.pods.poll));
  const reports = await new PodReports(store, address.wallNow).read({ environment, models: underWay, staleMs });
  const withdrawals = new Map<string, WithdrawalOutcome>();
  const base = address.branch ?? MAIN_BRANCH;
  const requests = new Withdrawals({ git: gitOf(repository), forge, base, store, wallNow: address.wallNow });
  for (const [model, manifest] of published) {
    const taken = takenBackOf(manifest, head);
    const request = taken && (await requests.look(taken));
    if (request) withdrawals.set(model, request);
  }
  const soaks = new SoakReader(branch, address.repo, address.wallNow);
  const backgrounds = new Map<string, Background>();
  for (const model of modelsOf(head, environment, published.keys())) {
    backgrounds.set(model, await backgroundOf({ environment, branch, soaks }, { head, model, published }));
  }
  const wallNowMs = address.wallNow();
  const newestUs = await eventNowUs(address.repo, settings, () => wallNowMs);
  return statusOf({
    environment,
    settings,
    head,
    published,
    backgrounds,
    withdrawals,
    reports,
    eventNowUs: newestUs,
    wallNowMs,
  });
}
