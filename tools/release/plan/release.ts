import { digestJson, type EnvironmentWorkspace, type Release, type Workspace } from '@signalbox/contracts';
import { visible } from '../../handover/index.js';
import { releasePath } from '../desired/desired.js';
import { describeManifest } from '../status/describe.js';
import { goesAtOnce, type LiveOutlook, movesBy, nextPassSentences, type Outlook } from './outlook.js';
import { strategySentences } from './strategy.js';
import { viewSentences } from './views.js';

export interface PlanQuestion {
  readonly environment: string;
  readonly model: string;
  readonly before: Workspace;
  readonly after: Workspace;
  /** What the next pass makes of what is published; null where that could not be read, or nothing is. */
  readonly outlook: LiveOutlook | null;
  /** What the next pass makes of a model of which nothing is published; null where something is, or it could not be read. */
  readonly first?: Outlook | null;
}

/** What a change does to one model in one environment, in sentences. Pure. */
export function releaseSentences(question: PlanQuestion): string[] {
  const { outlook } = question;
  if (outlook === null || outlook.lost.length === 0) return changeSentences(question);
  const sentences = changeSentences({ ...question, outlook: null });
  return sentences.length === 0 ? [] : [rewrittenSentence(question, outlook), ...sentences];
}

/** The reconciler takes nothing from such a branch, so nothing else may be promised of it. */
function rewrittenSentence({ environment }: PlanQuestion, { lost, published }: LiveOutlook): string {
  const [first] = lost;
  return `The main branch was rewritten: it lacks ${lost.join(' and ')}, which is published in ${environment}. The reconciler publishes nothing until it is restored (git push --force origin ${first}:main) or has the lost commit merged into it (git merge ${first}), so none of what follows comes to be before that. ${capital(describeManifest(published))}, and goes on so; to go back meanwhile: signalbox emergency (docs/rollback.md).`;
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function changeSentences(question: PlanQuestion): string[] {
  const old = releaseIn(question.before, question);
  const release = releaseIn(question.after, question);
  if (!release) return unaskedSentences(question, old);
  return [
    ...outlookSentences(question, release),
    ...(old?.version === release.version ? [] : versionSentences(question, old, release)),
    ...firstSentences(question, old, release),
    ...strategyChange(question, old, release),
    ...armsSentences(question, old, release),
    ...requireSentences(old, release),
    ...segmentSentences(old, release),
    ...(old?.fallback?.version === release.fallback?.version ? [] : [fallbackSentence(release)]),
    ...viewSentences(question, old, release),
    ...holdSentences(question),
    ...confirmationSentences(question),
  ];
}

/** Of a model that nothing asks for: what is published serves on, but for what a hold names. */
function unaskedSentences(question: PlanQuestion, old: Release | undefined): string[] {
  const { environment, first, model, outlook } = question;
  const path = releasePath(environment, model);
  const goes = `${path} goes: that asks for nothing, so what is live serves on, and a candidate that is under way gets no more traffic. To stop it, remove its pods.`;
  const said = [...(old ? [goes] : []), ...holdSentences(question)];
  const seen = outlook ?? first ?? null;
  const isTold = seen !== null && (movesBy(seen) || (said.length > 0 && outlook !== null));
  return isTold ? [...nextPassSentences(seen), ...said] : said;
}

/** What is live now and what becomes of it, as the reconciler would say it. Git knows neither: what it asks for may never have come to be live. */
function outlookSentences({ after, before, environment, model, outlook }: PlanQuestion, release: Release): string[] {
  const question = { environment, model };
  const holds = (workspace: Workspace) =>
    digestJson([...(workspace.environments.get(environment)?.holds.keys() ?? [])]);
  const old = releaseIn(before, { ...question, before, after, outlook });
  const moves = old?.version !== release.version || holds(before) !== holds(after);
  if (outlook === null || !(moves || movesBy(outlook))) return [];
  const { next, published } = outlook;
  const atOnce = goesAtOnce(outlook, release.version) && published.champion !== release.version;
  return [...nextPassSentences(outlook), ...(atOnce ? [`All units get version ${next.champion} at once.`] : [])];
}

/** Of a model of which nothing is published: whatever keeps its first version from starting. */
function firstSentences({ first = null }: PlanQuestion, old: Release | undefined, release: Release): readonly string[] {
  if (first === null) return [];
  const isNew = old?.version !== release.version;
  const isTold = movesBy(first) ? old !== undefined : isNew && first.next === null;
  return isTold ? nextPassSentences(first) : [];
}

export function releaseIn(workspace: Workspace, { environment, model }: PlanQuestion): Release | undefined {
  return workspace.environments.get(environment)?.releases.get(model);
}

function versionSentences(question: PlanQuestion, old: Release | undefined, release: Release): string[] {
  const { after, environment, model, outlook } = question;
  const { arms = [], strategy: name, version } = release;
  if (outlook !== null && (!old || goesAtOnce(outlook, version))) return [];
  if (!old) {
    const waits = question.first?.next === null;
    const first = `Version ${version} ${waits ? 'is to become' : 'becomes'} the first version of ${model} in ${environment}.`;
    return [
      `${first} There is nothing to compare it with: all units get it as soon as ${waits ? 'it may start and ' : ''}pods have loaded it.`,
      ...otherName(question, version),
    ];
  }
  const strategy = after.strategies.get(name);
  const live = outlook?.published.champion ?? old.version;
  const from = `Version ${version} is to replace version ${live} in ${environment}.`;
  const fast = `If version ${version} is live already, or was live just before and is still loaded, all units get it at once, without steps.`;
  const back = outlook === null ? [fast] : [];
  if (!strategy) return [from, ...back, `Nothing starts until releases/strategies/${name}.yaml can be read.`];
  const confirmed = confirmedStages(after, { environment, model, version });
  const rollout = { model, environment, version, before: live, arms, name, strategy, confirmed };
  return [
    from,
    ...back,
    ...(outlook?.isReturn ? [slowReturn(outlook, version)] : []),
    ...strategySentences(rollout),
    ...(outlook === null ? standing(after, environment, model) : []),
  ];
}

/** A model that is renamed is another one: nothing of what ran under the former name holds for it. */
function otherName({ after, before, model }: PlanQuestion, version: number): readonly string[] {
  const digest = after.versions.get(model)?.get(version)?.package.digest;
  const others = [...before.versions].filter(([name]) => name !== model);
  const same = others.flatMap(([name, records]) =>
    [...records].flatMap(([number, record]) =>
      record.package.digest === digest ? [`version ${number} of ${name}`] : [],
    ),
  );
  if (same.length === 0) return [];
  return [
    `Its package was made as ${same.join(' and ')}. A model under another name is another model: it takes no steps, and pods load no package that was made for another name, so propose it anew.`,
  ];
}

/** Going back goes at once only to what is still loaded. */
function slowReturn({ next }: LiveOutlook, version: number): string {
  const waits =
    next.candidate === version ? '' : ', and waits for whatever keeps a version from starting, such as a freeze';
  return `Version ${version} was asked for here before and is not kept loaded: it takes the steps of its strategy${waits}.`;
}

function confirmedStages(
  { environments, versions }: Workspace,
  { environment, model, version }: { readonly environment: string; readonly model: string; readonly version: number },
): ReadonlySet<string> {
  const digest = versions.get(model)?.get(version)?.package.digest ?? '';
  return new Set(environments.get(environment)?.confirmations.get(digest)?.stages);
}

/** What holds a rollout up here whatever it shows. */
function standing(workspace: Workspace, environment: string, model: string): string[] {
  const settings = workspace.environments.get(environment)!;
  const frozen = [...settings.freezes].filter(([, { models }]) => models === undefined || models.includes(model));
  const { changeWindows, promotesFrom } = settings.environment;
  return [
    ...frozen.map(
      ([name, { from, to }]) => `The freeze ${name} stands: nothing starts or moves on from ${from} to ${to}.`,
    ),
    ...(changeWindows ? ['It starts and moves on only within the change windows of the environment.'] : []),
    ...(promotesFrom
      ? [
          `It starts only after it was live in ${promotesFrom.environment} for ${promotesFrom.soak}, unless it was live here before.`,
        ]
      : []),
  ];
}

function strategyChange({ after, before }: PlanQuestion, old: Release | undefined, release: Release): string[] {
  if (old === undefined || old.version !== release.version) return [];
  const shape = (workspace: Workspace, { arms = [], strategy }: Release): unknown => {
    const {
      blueGreen = null,
      canary = null,
      experiment = null,
      shadow = null,
    } = workspace.strategies.get(strategy) ?? {};
    return { arms, blueGreen, canary, experiment, shadow };
  };
  if (digestJson(shape(before, old)) === digestJson(shape(after, release))) return [];
  return [
    'The strategy or its arms change: a rollout that is under way starts again at its first step; what is live is not touched.',
  ];
}

/** Only an experiment has arms, so a strategy without one leaves them out. */
function armsSentences({ after }: PlanQuestion, old: Release | undefined, release: Release): string[] {
  const left = (old?.arms ?? []).filter((version) => !release.arms?.includes(version));
  if (left.length === 0) return [];
  const why = after.strategies.get(release.strategy)?.experiment
    ? ''
    : `: strategy ${release.strategy} has no experiment`;
  return [`Version ${left.join(' and version ')} competes here no more${why}.`];
}

function requireSentences(old: Release | undefined, { requires = {} }: Release): string[] {
  const former = old?.requires ?? {};
  return [
    ...Object.entries(requires)
      .filter(([name, version]) => former[name] !== version)
      .map(([name, version]) => `It starts only while ${name} is live here with version ${version} or newer.`),
    ...Object.keys(former)
      .filter((name) => requires[name] === undefined)
      .map((name) => `It no longer waits for ${name}.`),
  ];
}

function segmentSentences(old: Release | undefined, { segments = {} }: Release): string[] {
  const former = old?.segments ?? {};
  return [
    ...Object.entries(segments)
      .filter(([name, { version }]) => former[name]?.version !== version)
      .map(
        ([name, { version }]) =>
          `Requests of segment ${name} are answered by version ${version}, whatever the rollout does, as soon as pods have loaded it.`,
      ),
    ...Object.keys(former)
      .filter((name) => segments[name] === undefined)
      .map((name) => `Requests of segment ${name} follow the rollout again.`),
  ];
}

function fallbackSentence({ fallback }: Release): string {
  return fallback
    ? `Version ${fallback.version} stays loaded and answers when the chosen version and the champion cannot.`
    : 'No fallback version stays loaded; after the champion comes the rule.';
}

function holdSentences(question: PlanQuestion): string[] {
  const { after, before, environment, model } = question;
  const [old, now] = [before, after].map((workspace) => holdsOf(workspace.environments.get(environment), model)) as [
    Holds,
    Holds,
  ];
  return [
    ...[...now]
      .filter(([digest]) => !old.has(digest))
      .flatMap(([digest, { reason }]) => heldSentences(question, digest, visible(reason))),
    ...[...old.keys()]
      .filter((digest) => !now.has(digest))
      .map((digest) => `${versionName(question, digest)} is held no longer.`),
  ];
}

/** A held version that is live and that nothing warm may replace serves on. */
function heldSentences(question: PlanQuestion, digest: string, reason: string): string[] {
  const { outlook } = question;
  const name = versionName(question, digest);
  const champion = outlook?.next.packages.find(({ version }) => version === outlook.next.champion);
  if (champion?.digest === digest) {
    return [`${name} is held and serves on, because nothing else is loaded that could: ${reason}.`];
  }
  const unless = 'If it is live and no version before it is loaded any more, it serves on until another is promoted.';
  return [`${name} is held and gets no traffic: ${reason}.`, ...(outlook === null ? [unless] : [])];
}

type Holds = ReturnType<typeof holdsOf>;

function holdsOf(environment: EnvironmentWorkspace | undefined, model: string) {
  return new Map([...(environment?.holds ?? [])].filter(([, hold]) => hold.model === model));
}

/** Confirmations by the stages that they add, and those that go. */
function confirmationSentences(question: PlanQuestion): string[] {
  const { after, before, environment, model } = question;
  const confirmedIn = (workspace: Workspace) =>
    [...(workspace.environments.get(environment)?.confirmations ?? [])].filter(([, one]) => one.model === model);
  const [old, now] = [new Map(confirmedIn(before)), new Map(confirmedIn(after))];
  const added = [...now].flatMap(([digest, { by, stages }]) => {
    const names = missingIn(old.get(digest)?.stages, stages);
    if (names.length === 0) return [];
    return [`${versionName(question, digest)} may enter ${names.join(' and ')}: ${visible(by)} confirms it.`];
  });
  const gone = [...old].flatMap(([digest, { stages }]) => {
    const names = missingIn(now.get(digest)?.stages, stages);
    if (names.length === 0) return [];
    return [
      `${versionName(question, digest)} is confirmed for ${names.join(' and ')} no longer: where its strategy asks for that, a person must confirm it anew.`,
    ];
  });
  return [...added, ...gone];
}

const missingIn = (there: readonly string[] | undefined, stages: readonly string[]): readonly string[] =>
  stages.filter((stage) => !there?.includes(stage));

function versionName({ after, model }: PlanQuestion, digest: string): string {
  const version = [...(after.versions.get(model) ?? [])].find(([, record]) => record.package.digest === digest)?.[0];
  return version === undefined ? digest : `Version ${version}`;
}
