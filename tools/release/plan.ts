import {
  digestJson,
  type Environment,
  type EnvironmentWorkspace,
  formatDurationMs,
  parseDurationMs,
  type Release,
  type Strategy,
  type Workspace,
} from '@signalbox/contracts';
import { releasePath } from './desired.js';

/** What merging a change does to the traffic of one model in one environment, and how to take it back. */
export interface PlannedChange {
  readonly environment: string;
  /** Null for a change of the environment itself. */
  readonly model: string | null;
  readonly sentences: readonly string[];
  readonly wayBack: string | null;
}

export interface Plan {
  readonly changes: readonly PlannedChange[];
  /** What else is added and moves no traffic. */
  readonly notes: readonly string[];
}

/** Pure: two sets of documents in, sentences out. */
export function planChange(before: Workspace, after: Workspace): Plan {
  const environments = [...new Set([...before.environments.keys(), ...after.environments.keys()])].sort();
  const changes = environments.flatMap((environment) => [
    ...environmentChanges(environment, before, after),
    ...modelsIn(environment, before, after).flatMap((model) => modelChanges({ environment, model, before, after })),
  ]);
  return { changes, notes: versionNotes(before, after) };
}

export function describePlan({ changes, notes }: Plan): string {
  const lines = changes.flatMap(({ environment, model, sentences, wayBack }) => [
    model === null ? environment : `${environment}/${model}`,
    ...sentences.map((sentence) => `  ${sentence}`),
    ...(wayBack === null ? [] : [`  The way back: ${wayBack}`]),
  ]);
  const quiet = changes.length === 0 ? ['Merging this changes no traffic.'] : [];
  return [...quiet, ...lines, ...notes].join('\n');
}

interface Question {
  readonly environment: string;
  readonly model: string;
  readonly before: Workspace;
  readonly after: Workspace;
}

function modelsIn(environment: string, ...workspaces: readonly Workspace[]): readonly string[] {
  const names = workspaces.flatMap((one) => [...(one.environments.get(environment)?.releases.keys() ?? [])]);
  return [...new Set(names)].sort();
}

function modelChanges(question: Question): readonly PlannedChange[] {
  const { after, before, environment, model } = question;
  const old = before.environments.get(environment)?.releases.get(model);
  const now = after.environments.get(environment);
  const release = now?.releases.get(model);
  if (!release || !now)
    return old ? [{ environment, model, sentences: [`${removed(environment, model)}`], wayBack: null }] : [];
  const sentences = [
    ...(old?.version === release.version ? [] : versionSentences(question, old, release)),
    ...(old && old.version === release.version && strategyChanged(question, old, release)
      ? [
          `The strategy changes: a rollout that is under way starts again at its first step; what is live is not touched.`,
        ]
      : []),
    ...(old?.fallback?.version === release.fallback?.version ? [] : [fallbackSentence(release)]),
    ...holdSentences(question),
  ];
  if (sentences.length === 0) return [];
  return [{ environment, model, sentences, wayBack: wayBack(question, { old, release, settings: now.environment }) }];
}

const removed = (environment: string, model: string): string =>
  `${releasePath(environment, model)} goes: that asks for nothing, so what is published serves on. To stop it, remove its pods.`;

function versionSentences(
  { after, environment, model }: Question,
  old: Release | undefined,
  release: Release,
): string[] {
  if (!old) {
    const first = `Version ${release.version} becomes the first version of ${model} in ${environment}.`;
    return [`${first} There is nothing to compare it with: all units get it as soon as pods have loaded it.`];
  }
  const strategy = after.strategies.get(release.strategy);
  const from = `Version ${release.version} is to replace version ${old.version} in ${environment}.`;
  const fast = `If version ${release.version} was live just before and is still loaded, all units get it at once, without steps.`;
  const back = release.version < old.version ? [fast] : [];
  if (!strategy)
    return [from, ...back, `Nothing starts until releases/strategies/${release.strategy}.yaml can be read.`];
  return [from, ...back, ...strategySentences(release.strategy, strategy)];
}

function strategySentences(name: string, { analysis, canary, shadow }: Strategy): string[] {
  const stages = [
    ...(shadow
      ? [
          `copies of ${percent(shadow.share)} of the traffic (at least ${shadow.minDuration} and ${shadow.minSample} requests)`,
        ]
      : []),
    ...(canary?.steps ?? []).map(
      ({ minDuration, minSample, weight }) =>
        `${percent(weight)} of the units (at least ${minDuration} and ${minSample} requests)`,
    ),
  ];
  if (stages.length === 0) return [`Strategy ${name} has no steps: all units get it as soon as pods have loaded it.`];
  return [
    `By strategy ${name}: ${stages.join(', then ')}, then all.`,
    `Each step moves on only when it is shown that ${conditions(analysis)}; if the contrary of one of these is shown, it loses all traffic at once.`,
  ];
}

/** What a step must show, all of it against the live version. */
function conditions({ errorRateMargin, latency, scoreShiftMargin }: Strategy['analysis']): string {
  const points = Number((errorRateMargin * 100).toFixed(2));
  const parts = [
    `its error rate is less than ${points} percentage point${points === 1 ? '' : 's'} above the live version's`,
  ];
  if (latency)
    parts.push(`its ${percent(latency.quantile)} quantile of latency less than ${latency.marginMs} ms above`);
  if (scoreShiftMargin !== undefined)
    parts.push(`for the copies, its mean score less than ${scoreShiftMargin} away on the same requests`);
  return parts.join(', and ');
}

function strategyChanged({ after, before }: Question, old: Release, release: Release): boolean {
  const shape = (workspace: Workspace, name: string): unknown => {
    const { canary, shadow } = workspace.strategies.get(name) ?? {};
    return { canary: canary ?? null, shadow: shadow ?? null };
  };
  return digestJson(shape(before, old.strategy)) !== digestJson(shape(after, release.strategy));
}

function fallbackSentence({ fallback }: Release): string {
  return fallback
    ? `Version ${fallback.version} stays loaded and answers when the chosen version and the champion cannot.`
    : 'No fallback version stays loaded; after the champion comes the rule.';
}

function holdSentences({ after, before, environment, model }: Question): readonly string[] {
  const holds = (workspace: Workspace) => holdsOf(workspace.environments.get(environment), model);
  const [old, now] = [holds(before), holds(after)];
  const name = (digest: string): string => {
    const version = [...(after.versions.get(model) ?? [])].find(([, record]) => record.package.digest === digest)?.[0];
    return version === undefined ? digest : `Version ${version}`;
  };
  return [
    ...[...now]
      .filter(([digest]) => !old.has(digest))
      .map(([digest, hold]) => `${name(digest)} is held and gets no traffic: ${hold.reason}.`),
    ...[...old].filter(([digest]) => !now.has(digest)).map(([digest]) => `${name(digest)} is held no longer.`),
  ];
}

function holdsOf(environment: EnvironmentWorkspace | undefined, model: string) {
  return new Map([...(environment?.holds ?? [])].filter(([, hold]) => hold.model === model));
}

function wayBack(
  { environment, model }: Question,
  {
    old,
    release,
    settings,
  }: { readonly old: Release | undefined; readonly release: Release; readonly settings: Environment },
): string | null {
  if (!old || old.version === release.version) return null;
  if (old.version > release.version) {
    return `promote version ${old.version} again: it takes its steps, because it was left for a reason.`;
  }
  return `git revert the merge, or \`signalbox rollback ${model} --env ${environment} --merge\`: version ${old.version} stays loaded, so it answers again within ${formatDurationMs(rollbackBoundMs(settings))}.`;
}

/** From the revert on main to the last answer of the reverted version, with the daemon running: both polls, and a second. */
export function rollbackBoundMs({ pods, reconcile }: Environment): number {
  return parseDurationMs(reconcile.poll) + parseDurationMs(pods.poll) + 1000;
}

function environmentChanges(environment: string, before: Workspace, after: Workspace): readonly PlannedChange[] {
  const old = before.environments.get(environment)?.environment;
  const now = after.environments.get(environment)?.environment;
  if (!now)
    return old
      ? [
          {
            environment,
            model: null,
            sentences: ['The environment goes: nothing is published there any more, and pods serve on.'],
            wayBack: null,
          },
        ]
      : [];
  if (!old)
    return [
      {
        environment,
        model: null,
        sentences: ['A new environment; nothing runs there until something is promoted.'],
        wayBack: null,
      },
    ];
  const changed = (Object.keys({ ...old, ...now }) as (keyof Environment)[]).filter(
    (key) => digestJson(old[key] ?? null) !== digestJson(now[key] ?? null),
  );
  if (changed.length === 0) return [];
  return [{ environment, model: null, sentences: [`These settings change: ${changed.join(', ')}.`], wayBack: null }];
}

function versionNotes(before: Workspace, after: Workspace): readonly string[] {
  return [...after.versions].flatMap(([model, records]) =>
    [...records.keys()]
      .filter((version) => !before.versions.get(model)?.has(version))
      .map(
        (version) =>
          `Version ${version} of ${model} is recorded. That alone releases nothing: \`signalbox promote ${model} --version ${version} --env <name>\` does.`,
      ),
  );
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
