import { isSignalboxError } from '@signalbox/contracts';
import { type LocalPackage, readPackage } from '@signalbox/serving/artifacts';
import { checkGolden, type OpenModel, openModel, warmUp } from '@signalbox/serving/runtime';
import type { InfrastructureEvidence, MissingValueEvidence } from '../gates/index.js';
import { quantile } from '../statistics/index.js';

/** What a trial in a process of its own finds out about a fetched package. */
export type Trial = Omit<InfrastructureEvidence, 'packageBytes'>;

/** Single-row calls of the latency measurement, after warming up. */
const CALLS = 300;

/** How often memory is looked at: loading runs on a thread of its own, so its peaks are seen. */
const MEMORY_SWEEP_MS = 5;

export function failedTrial(loadProblem: string): Trial {
  return {
    loadProblem,
    goldenProblem: null,
    missing: null,
    latencyP95Ms: null,
    latencyCalls: 0,
    servingCpuMs: null,
    memoryBytes: null,
  };
}

/**
 * Does with a fetched package what a pod does before it serves it: read, load, run the golden inputs, warm up; then measures single-row calls,
 * and takes one feature after another away. A package that fails is evidence, not an exception.
 */
export async function tryFetchedPackage(folder: string): Promise<Trial> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const sweep = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, MEMORY_SWEEP_MS);
  try {
    const trial = await loadAndAnswer(folder);
    highest = Math.max(highest, process.memoryUsage.rss());
    return { ...trial, memoryBytes: trial.latencyP95Ms === null ? null : highest - before };
  } finally {
    clearInterval(sweep);
  }
}

async function loadAndAnswer(folder: string): Promise<Trial> {
  let local: LocalPackage;
  let model: OpenModel;
  try {
    local = await readPackage(folder);
    const { input, features, output } = local.signature;
    model = await openModel({ modelPath: local.modelPath, input, features: features.length, output });
  } catch (error) {
    return failedTrial(problemOf(error));
  }
  try {
    const goldenProblem = await checkGolden(model, local.golden).then(() => null, problemOf);
    if (goldenProblem !== null) return { ...failedTrial(''), loadProblem: null, goldenProblem };
    await warmUp(model, local.golden);
    const { times, cpuMs } = await timeCalls(model, local);
    return {
      loadProblem: null,
      goldenProblem: null,
      missing: await takeFeaturesAway(model, local),
      latencyP95Ms: quantile(times.sort(), 0.95),
      latencyCalls: times.length,
      servingCpuMs: cpuMs / times.length,
      memoryBytes: null,
    };
  } finally {
    await model.close();
  }
}

/** One row after another, as a pod under light load answers: the thread's hand-over is part of the time, and of what it costs. */
async function timeCalls(
  model: OpenModel,
  { golden }: LocalPackage,
): Promise<{ readonly times: Float64Array; readonly cpuMs: number }> {
  const times = new Float64Array(CALLS);
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call++) {
    const row = goldenRow(golden.rows[call % golden.rows.length]!);
    const startedAt = performance.now();
    await model.score(row);
    times[call] = performance.now() - startedAt;
  }
  const { user, system } = process.cpuUsage(before);
  return { times, cpuMs: (user + system) / 1000 };
}

/** The golden row that lacks least, with each feature missing in turn, and with all of them missing. */
async function takeFeaturesAway(
  model: OpenModel,
  { golden, signature, profile }: LocalPackage,
): Promise<MissingValueEvidence> {
  const { features } = signature;
  const lacks = (row: readonly (number | null)[]) => row.filter((value) => value === null).length;
  const fullest = goldenRow(golden.rows.reduce((best, row) => (lacks(row) < lacks(best) ? row : best)));
  const rows = new Float32Array((features.length + 1) * features.length).fill(Number.NaN);
  for (const feature of features.keys()) {
    rows.set(fullest, feature * features.length);
    rows[feature * features.length + feature] = Number.NaN;
  }
  const scores = await model.score(rows);
  return {
    features: features.length,
    trainingRows: profile.featureRows,
    unscored: features.flatMap((name, at) =>
      Number.isFinite(scores[at]!) ? [] : [{ name, missingRows: profile.features[at]!.counts[0]! }],
    ),
    scoredWithoutAny: Number.isFinite(scores.at(-1)!),
  };
}

function goldenRow(row: readonly (number | null)[]): Float32Array {
  return Float32Array.from(row, (value) => value ?? Number.NaN);
}

/** Only a package that cannot be used is evidence against it. */
function problemOf(error: unknown): string {
  if (isSignalboxError(error) && error.code === 'serving/bad-package') return error.message;
  throw error;
}
