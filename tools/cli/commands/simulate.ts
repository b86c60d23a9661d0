import {
  type Finding,
  parseDurationMs,
  requireWorkspace,
  SignalboxError,
  suggest,
  type Workspace,
} from '@signalbox/contracts';
import {
  describeSimulation,
  type Effect,
  type NamedStrategy,
  playScenarios,
  scenariosOf,
  unseenBy,
} from '../../simulate/index.js';
import { validateFolder } from '../../validate/index.js';
import type { CommandDefinition } from '../command.js';
import { textOption } from './release-options.js';

type Options = Parameters<CommandDefinition['run']>[1];

export const simulateCommand: CommandDefinition = {
  name: 'simulate',
  summary: 'Play a strategy against traffic with a known effect, and say what it decides',
  example: 'signalbox simulate direct --error-rate +0.05 --runs 5',
  arguments: [{ name: '<strategy>', description: 'A strategy of releases/strategies' }],
  options: [
    { flags: '--error-rate <share>', description: 'The candidate fails so much more, such as +0.02' },
    { flags: '--latency <time>', description: 'Its median latency is so much longer, such as +50ms' },
    { flags: '--score-shift <difference>', description: 'It scores so much higher on the same requests, such as 0.1' },
    { flags: '--degraded <share>', description: 'It answers so much more without its features, such as +0.05' },
    {
      flags: '--effect <difference>',
      description: 'The metrics that the strategy compares differ so much, such as -0.01',
    },
    { flags: '--requests-per-hour <n>', description: 'Traffic of all pods together', default: '2400' },
    { flags: '--runs <n>', description: 'Rollouts of each version, at most 10000', default: '20' },
    { flags: '--seed <n>', description: 'The seed of the first rollout; each next one has the next', default: '1' },
  ],
  async run([name], options, { progress, repo, signal }) {
    const { metrics, strategies } = await readStrategies(repo, name!);
    const strategy = namedStrategy(name!, strategies);
    const effect = effectOf(options);
    const asked = scenariosOf(strategy, metrics);
    const unseen = effect === null ? [] : unseenBy(strategy, effect);
    const scenarios = effect === null ? asked : [asked[0]!, { name: effectName(options, unseen), effect }];
    const requestsPerHour = countOf(options, 'requests-per-hour', { least: 1, most: 1e9 });
    const played = await playScenarios(strategy, scenarios, {
      ...{ metrics, requestsPerHour, progress, signal },
      ...{ runs: countOf(options, 'runs', { least: 1, most: MOST_RUNS }) },
      ...{ firstSeed: countOf(options, 'seed', { least: 0, most: 1e9 }) },
    });
    const told = unseen.map((one) => `Strategy ${strategy.name} does not look at ${one}: it decides as without.`);
    const text = [describeSimulation(strategy.name, requestsPerHour, played), ...told].join('\n');
    return { text, json: { strategy: strategy.name, requestsPerHour, unseen, scenarios: played } };
  },
};

/** An error elsewhere says nothing of what is played. Throws `input/invalid-documents`. */
async function readStrategies(repo: string, name: string): Promise<Workspace> {
  const parsed = await validateFolder(repo);
  const own = ({ file }: Finding['place']) =>
    file === `releases/strategies/${name}.yaml` || file.startsWith('releases/metrics/');
  return requireWorkspace({ ...parsed, findings: parsed.findings.filter(({ place }) => own(place)) });
}

function namedStrategy(name: string, strategies: ReadonlyMap<string, Omit<NamedStrategy, 'name'>>): NamedStrategy {
  const found = strategies.get(name);
  if (found !== undefined) return { name, ...found };
  const hint = suggest(name, [...strategies.keys()], 'strategy in releases/strategies');
  throw new SignalboxError('input/unknown-reference', `there is no strategy "${name}"`, { hint });
}

/** Null: none is given, so the scenarios of the strategy are played. */
function effectOf(options: Options): Effect | null {
  const effect: Effect = {
    ...given('failures', shareOf(options, 'error-rate')),
    ...given('degraded', shareOf(options, 'degraded')),
    ...given('scoreShift', differenceOf(options, 'score-shift')),
    ...given('metric', differenceOf(options, 'effect')),
    ...given('latencyMs', timeOf(options, 'latency')),
  };
  return Object.keys(effect).length === 0 ? null : effect;
}

/** As it was typed: `error-rate +0.05, latency +50ms`. Of what nothing looks at it is an equal version that plays. */
function effectName(options: Options, unseen: readonly string[]): string {
  const typed = EFFECTS.flatMap((name) => {
    const text = textOption(options, optionKey(name));
    return text === undefined ? [] : [`${name} ${text}`];
  });
  return `${typed.join(', ')}${unseen.length === typed.length ? ' (not looked at)' : ''}`;
}

const EFFECTS = ['error-rate', 'latency', 'score-shift', 'degraded', 'effect'];

const given = (field: Exclude<keyof Effect, 'cleanInShadow'>, value: number | undefined): Effect =>
  value === undefined ? {} : { [field]: value };

function differenceOf(options: Options, name: string): number | undefined {
  const text = textOption(options, optionKey(name));
  if (text === undefined) return undefined;
  if (/^[+-]?[0-9]*[.]?[0-9]+$/.test(text)) return Number(text);
  throw new SignalboxError('input/bad-argument', `--${name} is a difference, such as +0.02; got "${text}"`);
}

function timeOf(options: Options, name: string): number | undefined {
  const text = textOption(options, optionKey(name));
  if (text === undefined) return undefined;
  try {
    return parseDurationMs(text.replace(/^[+]/, ''));
  } catch (cause) {
    const message = `--${name} is a time with its unit, such as +50ms; got "${text}"`;
    throw new SignalboxError('input/bad-argument', message, { cause });
  }
}

/** A part of all requests: 2 would be 200 %, and whoever writes it means 2 %. */
function shareOf(options: Options, name: string): number | undefined {
  const share = differenceOf(options, name);
  if (share === undefined || Math.abs(share) <= 1) return share;
  const text = textOption(options, optionKey(name))!;
  throw new SignalboxError('input/bad-argument', `--${name} is a share, and ${text} would be ${100 * share} %`, {
    hint: `2 % is +0.02, and no share is more than 1: for ${Math.abs(share)} %, --${name} ${share / 100}`,
  });
}

/** Each takes a while, and more of them say hardly more. */
const MOST_RUNS = 10_000;

function countOf(options: Options, name: string, { least, most }: { readonly least: number; readonly most: number }) {
  const text = String(options[optionKey(name)]);
  if (/^[0-9]{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  const range = `from ${least} to ${most.toLocaleString('en')}`;
  throw new SignalboxError('input/bad-argument', `--${name} is a whole number ${range}; got "${text}"`);
}

/** `error-rate` is given as `errorRate`. */
const optionKey = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
