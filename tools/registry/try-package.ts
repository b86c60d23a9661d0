import { isSignalboxError } from '@signalbox/contracts';
import { fetchPackage, type LocalPackage, readPackage } from '@signalbox/serving/artifacts';
import { checkGolden, type OpenModel, openModel, warmUp } from '@signalbox/serving/runtime';
import type { BlobStore } from '@signalbox/serving/stores';
import type { InfrastructureEvidence } from '../gates/index.js';
import { quantile } from '../statistics/index.js';

export interface TryPackageRequest {
  readonly store: BlobStore;
  readonly digest: string;
  readonly contentBytes: number;
  /** Where packages are fetched to; they are verified as a pod verifies them. */
  readonly cacheFolder: string;
}

/** Single-row calls of the latency measurement, after warming up. */
const CALLS = 300;

/**
 * Does with a package what a pod does before it serves it: fetch, verify, load, run the golden inputs, warm up; then measures single-row
 * calls. A package that fails is evidence, not an exception; only a store that is away throws.
 */
export async function tryPackage(request: TryPackageRequest): Promise<InfrastructureEvidence> {
  const evidence = { latencyP95Ms: null, latencyCalls: 0, packageBytes: request.contentBytes };
  let model: OpenModel;
  let local: LocalPackage;
  try {
    local = await readPackage(await fetchPackage(request.store, request.digest, { cacheDir: request.cacheFolder }));
    const { input, features, output } = local.signature;
    model = await openModel({ modelPath: local.modelPath, input, features: features.length, output });
  } catch (error) {
    return { ...evidence, loadProblem: problemOf(error), goldenProblem: null };
  }
  try {
    const goldenProblem = await checkGolden(model, local.golden).then(() => null, problemOf);
    if (goldenProblem !== null) return { ...evidence, loadProblem: null, goldenProblem };
    await warmUp(model, local.golden);
    const times = await timeCalls(model, local);
    return {
      loadProblem: null,
      goldenProblem: null,
      latencyP95Ms: quantile(times.sort(), 0.95),
      latencyCalls: times.length,
      packageBytes: request.contentBytes,
    };
  } finally {
    await model.close();
  }
}

/** One row after another, as a pod under light load answers: the thread's hand-over is part of the time. */
async function timeCalls(model: OpenModel, { golden }: LocalPackage): Promise<Float64Array> {
  const times = new Float64Array(CALLS);
  for (let call = 0; call < CALLS; call++) {
    const row = Float32Array.from(golden.rows[call % golden.rows.length]!, (value) => value ?? Number.NaN);
    const startedAt = performance.now();
    await model.score(row);
    times[call] = performance.now() - startedAt;
  }
  return times;
}

/** Only a package that cannot be used is evidence against it. */
function problemOf(error: unknown): string {
  if (isSignalboxError(error) && error.code === 'serving/bad-package') return error.message;
  throw error;
}
