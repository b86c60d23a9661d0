import type { FeatureBundle, ManifestPackage } from '@signalbox/contracts';
import type { LocalPackage } from '../artifacts/index.js';
import { OnlineFeatureReader } from '../features/index.js';
import { Batcher, checkGolden, type OpenModel, openModel, warmUp } from '../runtime/index.js';
import type { OnlineStore } from '../stores/index.js';
import { type CountedBins, countedBins, type PodMetrics } from '../telemetry/index.js';
import { type PublicInputs, publicInputs } from './public-inputs.js';

/** One version of a model, loaded, proven and warm. Every phase of a request holds one of these. */
export interface LoadedVersion {
  readonly version: number;
  readonly digest: string;
  readonly bundle: FeatureBundle;
  readonly inputs: PublicInputs;
  readonly reader: OnlineFeatureReader;
  /** Its features, in the order of the model input. */
  readonly columns: ReadonlySet<string>;
  /** The frozen bins of its profile, laid out for counting. */
  readonly bins: CountedBins;
  readonly batcher: Batcher;
  /** Waits for the rows that were taken, then frees the session and its thread. */
  close(): Promise<void>;
}

export interface LoadContext {
  readonly model: string;
  readonly online: OnlineStore;
  readonly metrics: PodMetrics;
  /** Wall milliseconds, monotonic. */
  readonly now: () => number;
}

/** Loads a fetched package. Throws `serving/bad-package` when it cannot be loaded or does not answer its golden inputs. */
export async function loadVersion(
  entry: ManifestPackage,
  local: LocalPackage,
  context: LoadContext,
): Promise<LoadedVersion> {
  const { signature, bundle, golden, profile, modelPath } = local;
  const reader = new OnlineFeatureReader(bundle, context.online);
  const { input, output, features } = signature;
  const runtime = await openModel({ modelPath, input, output, features: features.length });
  try {
    await checkGolden(runtime, golden);
    await warmUp(runtime, golden);
  } catch (error) {
    await runtime.close();
    throw error;
  }
  const batcher = batcherOf(runtime, entry, context);
  return {
    version: entry.version,
    digest: entry.digest,
    bundle,
    inputs: publicInputs(bundle),
    reader,
    columns: new Set(bundle.order),
    bins: countedBins(profile),
    batcher,
    close: async () => {
      await batcher.close();
      await runtime.close();
    },
  };
}

function batcherOf(runtime: OpenModel, entry: ManifestPackage, { model, metrics, now }: LoadContext): Batcher {
  const labels = { model, version: entry.version };
  const rows = metrics.batchRows.series(labels);
  const seconds = metrics.phaseSeconds.series({ ...labels, phase: 'run' });
  return new Batcher(runtime, {
    now,
    onBatch: (count, runMs) => {
      rows.observe(count);
      seconds.observe(runMs / 1000);
    },
  });
}
