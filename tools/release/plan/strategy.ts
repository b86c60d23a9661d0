import type { Strategy } from '@signalbox/contracts';

export interface PlannedRollout {
  readonly model: string;
  readonly environment: string;
  readonly version: number;
  /** The version that is asked for now. */
  readonly before: number;
  readonly arms: readonly number[];
  readonly name: string;
  readonly strategy: Strategy;
  /** Stages that people have confirmed for this version already. */
  readonly confirmed: ReadonlySet<string>;
}

/** How a version becomes live by its strategy: every stage in order, what each must show, what a person must confirm, and how it ends. Pure. */
export function strategySentences(rollout: PlannedRollout): string[] {
  const { name, strategy } = rollout;
  const stages = stagesInWords(rollout);
  if (stages.length === 0) {
    return [
      `Strategy ${name} has no steps: all units get it as soon as pods have loaded it.`,
      ...confirmSentence(rollout),
    ];
  }
  const { analysis, blueGreen, experiment } = strategy;
  return [
    `By strategy ${name}: ${stages.join(', then ')}${blueGreen ? '' : ', then all'}.`,
    ...(experiment ? experimentSentences(rollout, experiment) : []),
    `Each step moves on only when it is shown that ${conditions(strategy)}; if the contrary of one of these is shown, it loses all traffic at once.`,
    ...(analysis.metrics.length > 0
      ? [`Metrics are judged too: ${analysis.metrics.map(metricInWords).join('; ')}.`]
      : []),
    ...(blueGreen ? [`If it fails, version ${rollout.before} answers at once: it stays loaded.`] : []),
    ...deadlineSentence(strategy),
    ...confirmSentence(rollout),
  ];
}

function stagesInWords({ arms, strategy }: PlannedRollout): string[] {
  const { blueGreen, canary, experiment, shadow } = strategy;
  return [
    ...(shadow ? [`copies of ${percent(shadow.share)} of the traffic (${least(shadow)})`] : []),
    ...(canary?.steps ?? []).map((step) => `${percent(step.weight)} of the units (${least(step)})`),
    ...(experiment
      ? [
          `an experiment with ${percent(experiment.share)} of the units${arms.length > 0 ? ` for each of ${1 + arms.length} arms` : ''} (${least(experiment)}${arms.length > 0 ? ' for each' : ''})`,
        ]
      : []),
    ...(blueGreen
      ? [
          `all units at once, with copies of ${percent(blueGreen.mirror)} of the traffic to the version before (${least(blueGreen)})`,
        ]
      : []),
  ];
}

const least = ({ minDuration, minSample }: { readonly minDuration: string; readonly minSample: number }): string =>
  `at least ${minDuration} and ${minSample} requests`;

function experimentSentences(
  { arms, before, version }: PlannedRollout,
  { maxDuration, metric, minEffect }: NonNullable<Strategy['experiment']>,
): string[] {
  const margin = minEffect === 0 ? '' : ` by more than ${minEffect}`;
  const others =
    arms.length === 0
      ? ''
      : ` If version ${arms.join(' or ')} wins, version ${version} is rejected and the winner is proposed.`;
  return [
    `The experiment ends when metric ${metric} shows an arm to be better than version ${before}${margin}: if that is version ${version}, it goes on.${others}`,
    `Without a winner after ${maxDuration}, version ${before} stays and version ${version} is rejected as not better. If units were not split as planned, nothing is concluded and nothing is promoted.`,
  ];
}

/** What a step must show, all of it against the live version. */
function conditions({ analysis, blueGreen, shadow }: Strategy): string {
  const { errorRateMargin, fallbackShareMargin, latency, scoreShiftMargin, segmentErrorRateMargin } = analysis;
  const parts = [`its error rate is less than ${points(errorRateMargin)} above the live version's`];
  if (segmentErrorRateMargin !== undefined)
    parts.push(`in each critical segment less than ${points(segmentErrorRateMargin)} above`);
  if (fallbackShareMargin !== undefined)
    parts.push(`its share of degraded answers less than ${points(fallbackShareMargin)} above`);
  if (latency)
    parts.push(`its ${percent(latency.quantile)} quantile of latency less than ${latency.marginMs} ms above`);
  if (scoreShiftMargin !== undefined && (shadow || blueGreen))
    parts.push(`for the copies, its mean score less than ${scoreShiftMargin} away on the same requests`);
  return parts.join(', and ');
}

function points(margin: number): string {
  const value = Number((margin * 100).toFixed(2));
  return `${value} percentage point${value === 1 ? '' : 's'}`;
}

function metricInWords({ margin, max, metric, min }: Strategy['analysis']['metrics'][number]): string {
  const wanted = [
    ...(margin === undefined ? [] : [`worse by less than ${margin}`]),
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  return `${metric} ${wanted.join(' and ')}`;
}

/** How long an experiment may take is said by the experiment. */
function deadlineSentence({ blueGreen, canary, shadow, stageDeadline }: Strategy): string[] {
  if (!shadow && !canary && !blueGreen) return [];
  return [`A step that shows neither within ${stageDeadline} ends it: the version is rejected as undecided.`];
}

function confirmSentence({ confirmed, environment, model, strategy }: PlannedRollout): string[] {
  const { confirm = [] } = strategy;
  const done = confirm.filter((stage) => confirmed.has(stage));
  const [first, ...more] = confirm.filter((stage) => !confirmed.has(stage));
  const said = done.length === 0 ? [] : [`It is confirmed for ${listed(done)} already.`];
  if (first === undefined) return said;
  return [
    ...said,
    `A person must let it enter ${listed([first, ...more])}: \`signalbox confirm ${model} --env ${environment} --stage ${first}\`${more.length > 0 ? ', and so on' : ''}.`,
  ];
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

export const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
