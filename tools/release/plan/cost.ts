import type { Release, Strategy, VersionRecord, Workspace } from '@signalbox/contracts';

/** What running a version costs, as far as it was measured. */
export interface CostEstimate {
  readonly version: number;
  /** As the job that trained it says. */
  readonly trainingCpuSeconds: number;
  readonly storedBytes: number;
  /** Processor time of one answer, measured on the package; null where its record does not say. */
  readonly servingCpuMs: number | null;
  /** The version that it replaces. */
  readonly before: { readonly version: number; readonly servingCpuMs: number | null } | null;
  /** What the model's class may cost in this environment; null where there is none. */
  readonly costClass: { readonly name: string; readonly maxCpuMs: number } | null;
  /** How busy the model is there; null where no evidence says. */
  readonly requestsPerHour: number | null;
  /** The largest share of requests that a stage of the rollout asks of two versions. */
  readonly copies: number;
}

export interface CostQuestion {
  readonly workspace: Workspace;
  readonly environment: string;
  readonly model: string;
  readonly release: Pick<Release, 'version' | 'strategy'>;
  readonly before: number | null;
  readonly requestsPerHour: number | null;
}

/** From records and documents; null where the version has no readable record. Pure. */
export function estimateCost(question: CostQuestion): CostEstimate | null {
  const { before, environment, model, release, requestsPerHour, workspace } = question;
  const records = workspace.versions.get(model);
  const record = records?.get(release.version);
  if (record === undefined) return null;
  const old = before === null ? undefined : records?.get(before);
  return {
    version: release.version,
    trainingCpuSeconds: record.cost.cpuSeconds,
    storedBytes: record.cost.storedBytes,
    servingCpuMs: servingOf(record),
    before: before === null ? null : { version: before, servingCpuMs: old === undefined ? null : servingOf(old) },
    costClass: classOf(workspace, environment, model),
    requestsPerHour,
    copies: copiesOf(workspace.strategies.get(release.strategy)),
  };
}

const servingOf = ({ cost }: VersionRecord): number | null => cost.servingCpuMs ?? null;

function classOf(workspace: Workspace, environment: string, model: string): CostEstimate['costClass'] {
  const name = workspace.models.get(model)?.serving.costClass;
  const found = workspace.environments.get(environment)?.environment.costClasses?.[name ?? ''];
  return name === undefined || found === undefined ? null : { name, maxCpuMs: found.maxCpuMsPerPrediction };
}

function copiesOf(strategy: Strategy | undefined): number {
  return Math.max(strategy?.shadow?.share ?? 0, strategy?.blueGreen?.mirror ?? 0);
}

/** Whether an answer costs what its class allows; null where one of the two is not known. Pure. */
export function withinClass({ costClass, servingCpuMs }: CostEstimate): boolean | null {
  return costClass === null || servingCpuMs === null ? null : servingCpuMs <= costClass.maxCpuMs;
}

/** Pure. */
export function costSentences(cost: CostEstimate): string[] {
  return [
    `Training took ${figure(cost.trainingCpuSeconds)} s of a processor; the package takes ${size(cost.storedBytes)}.`,
    ...servingSentences(cost),
    ...classSentence(cost),
  ];
}

function servingSentences(cost: CostEstimate): string[] {
  const { copies, requestsPerHour, servingCpuMs } = cost;
  if (servingCpuMs === null) return ['What one answer costs is not in its record.'];
  const told = `One answer takes ${figure(servingCpuMs)} ms of a processor${against(cost)}: ${figure(servingCpuMs)} s for 1,000 requests.`;
  const more = copies > 0 ? `; copies add up to ${figure(copies * 100)} % while it is compared` : '';
  if (requestsPerHour === null) return [`${told}${more === '' ? '' : ` C${more.slice('; c'.length)}.`}`];
  const hourly = (requestsPerHour * servingCpuMs) / 1000;
  return [
    told,
    `At the ${Math.round(requestsPerHour).toLocaleString('en-US')} requests an hour of the last day that is ${figure(hourly)} s of a processor an hour${more}.`,
  ];
}

function against({ before, servingCpuMs }: CostEstimate): string {
  if (!before?.servingCpuMs || servingCpuMs === null) return '';
  const change = Math.round((servingCpuMs / before.servingCpuMs - 1) * 100);
  const how = change === 0 ? 'as much as' : `${Math.abs(change)} % ${change > 0 ? 'more' : 'less'} than`;
  return `, ${how} version ${before.version} (${figure(before.servingCpuMs)} ms)`;
}

/** Whether it keeps what its class allows; nothing where it has no class. Pure. */
export function classSentence(cost: CostEstimate): string[] {
  if (cost.costClass === null) return [];
  const { maxCpuMs, name } = cost.costClass;
  const allowed = `Its cost class ${name} allows ${figure(maxCpuMs)} ms for an answer here`;
  switch (withinClass(cost)) {
    case true:
      return [`${allowed}: it keeps that.`];
    case false:
      return [`${allowed}: it costs more than its class.`];
    case null:
      return [`${allowed}; whether it keeps that is not known.`];
  }
}

/** Three digits that matter. */
const figure = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });

const size = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${figure(bytes / 2 ** 20)} MiB`;
