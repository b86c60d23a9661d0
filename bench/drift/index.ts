import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Model, parseDurationUs, type ReferenceProfile } from '@signalbox/contracts';
import { type MonitorReport, monitor } from '@signalbox/tools/monitoring';
import { mulberry32 } from '@signalbox/tools/statistics';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { allOf, asTheyWere, cellOf, PACKAGE, profileOf } from './cells.js';
import { type LiveRows, MODEL, type Prepared, prepare } from './prepare.js';

const SPLITS = 50;
/** Split i has seed FIRST_SEED + i. */
const FIRST_SEED = 20_010_601;
const ALLOWED_REPORTS = 2;
/** Rows a window: so few that the model's own rules would not judge them, about the fewest that they do, and many. */
const WINDOW_ROWS = [150, 1000, 8000];

/**
 * False alarms and power of the drift policy as a whole, on real flights, by the production monitor and profiles: a month that is split at random must
 * be like itself, the month after the training like the training, and June is not.
 */
export const driftBenchmark: Benchmark = {
  name: 'drift',
  summary: 'How often the drift policy cries wolf over 50 random splits of a real month, and what it finds in June',
  async run(context): Promise<readonly Comparison[]> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
    try {
      const prepared = await prepare(folder, context.signal);
      const splits = WINDOW_ROWS.map((rows) => falseAlarms(prepared, rows, context));
      return [...splits, nextMonth(prepared, context), power(prepared, context)];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** June against June: half of its rows are the reference, the others are dealt into windows, all at random. */
function falseAlarms({ june, model }: Prepared, windowRows: number, { progress }: BenchmarkContext): Comparison {
  const rules = judging(model, windowRows);
  const windows = model.monitoring.drift.persistence.of;
  const windowUs = parseDurationUs(model.monitoring.window);
  const splits = Array.from({ length: SPLITS }, (_, split) => {
    const rows = shuffled(june, FIRST_SEED + split);
    const half = rows.length >> 1;
    // Dealt into as many windows too, so that the reference's own variation is noise and excuses nothing.
    const atUs = Float64Array.from({ length: half }, (_, row) => (row % windows) * windowUs);
    const side = { live: june, rows: rows.subarray(0, half), atUs, fromUs: 0, toUs: windows * windowUs };
    const profile = profileOf(side, side, windowUs);
    // One more than is judged: the first says that traffic had begun.
    const dealt = deal(rows.subarray(half), { windows: windows + 1, windowRows });
    return look({ live: june, model: rules, profile, dealt });
  });
  const reports = splits.filter((report) => drifted(report).length > 0).length;
  const windowsFound = splits.flatMap(({ signals }) => signals.map((signal) => signal.windows.slice(-windows)));
  const anyWindow = (found: (window: { readonly psi: number; readonly p: number }) => boolean): number =>
    splits.filter(({ signals }) =>
      signals.some((signal) => signal.windows.some((window) => 'psi' in window && found(window))),
    ).length;
  progress(
    `drift: ${windows} windows of ${windowRows} rows, ${windowsFound.length / SPLITS} signals: ${reports} reports in ${SPLITS} splits (seeds ${FIRST_SEED} to ${FIRST_SEED + SPLITS - 1}); ` +
      `an alarm at PSI > 0.1 anywhere: ${anyWindow(({ psi }) => psi > 0.1)}; at p < 0.05 anywhere: ${anyWindow(({ p }) => p < 0.05)}`,
  );
  const name = `false alarms, windows of ${windowRows} rows`;
  const ratio = (ALLOWED_REPORTS + 1) / (reports + 1);
  return { name, opponent: 'the goal', ratio, goal: 1, ours: reports, theirs: ALLOWED_REPORTS, unit: `in ${SPLITS}` };
}

/** The model's rules with `minRows` lowered where they would not judge so small a window: it is the rest of the policy that is tried on it. */
function judging(model: Model, windowRows: number): Model {
  const { monitoring } = model;
  return { ...model, monitoring: { ...monitoring, minRows: Math.min(monitoring.minRows, windowRows) } };
}

/** Throws when the rows do not fill the windows: empty ones would raise no alarm, and prove nothing. */
function deal(
  rows: Uint32Array,
  { windows, windowRows }: { readonly windows: number; readonly windowRows: number },
): Uint32Array[] {
  const asked = windows * windowRows;
  if (rows.length < asked) {
    throw new Error(`half of the month has ${rows.length} rows, and ${windows} windows of ${windowRows} take ${asked}`);
  }
  return Array.from({ length: windows }, (_, window) => rows.subarray(window * windowRows, (window + 1) * windowRows));
}

/** The month after the training, whose scores are the reference's own: nothing has changed but the weather. */
function nextMonth(prepared: Prepared, { progress }: BenchmarkContext): Comparison {
  const report = weekByWeek(prepared, prepared.evaluation);
  const found = drifted(report);
  progress(
    `drift: March, after training on January and February: ${found.length} of ${report.signals.length} signals drifted`,
  );
  const ratio = 1 / (1 + found.length);
  return {
    name: 'March is like the winter',
    opponent: 'no signal',
    ratio,
    goal: 1,
    ours: found.length,
    theirs: 0,
    unit: 'signals',
  };
}

function power(prepared: Prepared, { progress }: BenchmarkContext): Comparison {
  const found = drifted(weekByWeek(prepared, prepared.june));
  for (const { verdict } of found) progress(`drift: June: ${verdict.id}: ${verdict.sentence}`);
  const ratio = found.length;
  return {
    name: 'June differs',
    opponent: 'one signal',
    ratio,
    goal: 1,
    ours: found.length,
    theirs: 1,
    unit: 'signals',
  };
}

/** The whole weeks of a month against the model's own reference. */
function weekByWeek({ evaluation, model, training }: Prepared, month: LiveRows): MonitorReport {
  const windowUs = parseDurationUs(model.monitoring.window);
  const sides = [asTheyWere(training, model.training.period), asTheyWere(evaluation, model.evaluation.period)] as const;
  const weeks = new Map<number, number[]>();
  for (const row of allOf(month)) {
    const week = Math.floor(month.atUs[row]! / windowUs);
    const known = weeks.get(week);
    if (known === undefined) weeks.set(week, [row]);
    else known.push(row);
  }
  // The first week of the month is not whole and says that traffic had begun; the last is not whole either.
  const dealt = [...weeks]
    .sort(([a], [b]) => a - b)
    .slice(0, -1)
    .map(([, rows]) => Uint32Array.from(rows));
  return look({ live: month, model, profile: profileOf(...sides, windowUs), dealt });
}

/** The production monitor over windows of rows; the first is the one that says that traffic had begun. */
function look({
  dealt,
  live,
  model,
  profile,
}: {
  live: LiveRows;
  model: Prepared['model'];
  profile: ReferenceProfile;
  dealt: readonly Uint32Array[];
}): MonitorReport {
  const windowUs = parseDurationUs(model.monitoring.window);
  return monitor({
    environment: 'bench',
    model: MODEL,
    rules: model,
    live: { version: 1, package: PACKAGE },
    profile,
    fromUs: windowUs,
    toUs: dealt.length * windowUs,
    cells: dealt.map((rows, window) => cellOf(live, profile, { rows, windowUs: window * windowUs })),
    outcomes: null,
    problems: [],
  });
}

const drifted = ({ signals }: MonitorReport) => signals.filter(({ verdict }) => verdict.verdict === 'fail');

function shuffled(live: LiveRows, seed: number): Uint32Array {
  const random = mulberry32(seed);
  const rows = allOf(live);
  for (let last = rows.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [rows[last], rows[other]] = [rows[other]!, rows[last]!];
  }
  return rows;
}
