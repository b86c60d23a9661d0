import type { Summary } from './simulate.js';
import type { Outcome } from './world.js';

export interface PlayedScenario {
  readonly name: string;
  readonly summary: Summary;
}

const BAR_CHARACTERS = 40;
const MARKS: Readonly<Record<Outcome['end'], string>> = { live: '█', rejected: '░', undecided: '·', waiting: ' ' };
const ENDS = ['live', 'rejected', 'undecided', 'waiting'] as const;

/** A table with what each scenario ended in and took, and a bar for each: what is black went live. */
export function describeSimulation(
  strategy: string,
  requestsPerHour: number,
  played: readonly PlayedScenario[],
): string {
  const rows = [HEADINGS, ...played.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
  const bars = played.map(({ name, summary }) => `${name.padEnd(widths[0]!)}  |${barOf(summary)}|`);
  const legend = ENDS.map((end) => `${MARKS[end] === ' ' ? 'blank' : MARKS[end]} ${end}`).join('   ');
  const seeds = played.map(({ summary: { firstSeed, runs } }) => `${firstSeed} to ${firstSeed + runs - 1}`)[0];
  return [
    `Strategy ${strategy}, at ${requestsPerHour} requests an hour. Each line is a version; medians, with what nine in ten stay within.`,
    '',
    ...table,
    '',
    ...bars,
    `${' '.repeat(widths[0]!)}   ${legend}`,
    '',
    `Seeds ${seeds}; the same ones play the same rollouts.`,
  ].join('\n');
}

const HEADINGS = [
  'version',
  'live',
  'rejected',
  'undecided',
  'waiting',
  'hours',
  'requests',
  'answered by it',
  'ended by',
];

function rowOf({ name, summary }: PlayedScenario): readonly string[] {
  const { ends, exposed, hours, requests, runs } = summary;
  return [
    name,
    ...ENDS.map((end) => percent(ends[end] / runs)),
    `${figure(hours.median)} (${figure(hours.most)})`,
    `${figure(requests.median)} (${figure(requests.most)})`,
    `${figure(exposed.median)} (${figure(exposed.most)})`,
    endedBy(summary),
  ];
}

/** The verdict that ended most, where one did. */
function endedBy({ endedBy: counts }: Summary): string {
  const most = Object.entries(counts).sort(([, left], [, right]) => right - left)[0];
  return most === undefined ? '' : most[0].replace('rollout/', '');
}

/** As many marks as fit, each end with its share; the largest takes what rounding leaves. */
function barOf({ ends, runs }: Summary): string {
  const marks = ENDS.map((end) => ({ end, count: Math.round((ends[end] / runs) * BAR_CHARACTERS) }));
  const largest = marks.reduce((one, other) => (other.count > one.count ? other : one));
  largest.count += BAR_CHARACTERS - marks.reduce((sum, { count }) => sum + count, 0);
  return marks.map(({ count, end }) => MARKS[end].repeat(count)).join('');
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
const figure = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en');
