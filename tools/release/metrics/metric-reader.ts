import type { Metric } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import type { MetricReading, MetricReadings } from '../analysis/index.js';
import { readCommand } from './command.js';
import { readOutcomes, rememberedOutcomes } from './outcomes.js';
import { broken, noData } from './problems.js';
import { readPrometheus } from './prometheus.js';
import { AUTHORIZATION_VARIABLE, prometheusServer } from './prometheus-server.js';
import type { Subject } from './subject.js';

export interface MetricsQuestion {
  readonly environment: string;
  readonly model: string;
  /** Of the published manifest, which is judged. */
  readonly serial: number;
  /** The head of the main branch: programs are run as they are there. */
  readonly commit: string;
  /** The champion, the candidate and other arms. */
  readonly versions: readonly { readonly version: number; readonly digest: string }[];
  /** Those that the strategy asks for, by name. */
  readonly metrics: ReadonlyMap<string, Metric>;
  /** Since when the stage is under way, and the event clock now: answers of this time count. */
  readonly fromUs: number;
  readonly nowUs: number;
}

export interface MetricSources {
  readonly store: BlobStore;
  /** The address of the environment's Prometheus server; null: it has none. */
  readonly prometheus: string | null;
  /** A folder with the files of a commit of the main branch. Null: programs are not run here, because who looks need not have what they need. */
  readonly checkout: ((commit: string) => Promise<string>) | null;
  /** What programs may see of our environment is taken from this, and what Prometheus is told of who asks. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where a pass learns what the metrics of a strategy say of each version. A source that fails is a reading with the reason, never an exception: it holds one rollout, not a pass. */
export interface MetricReader {
  read(question: MetricsQuestion): Promise<MetricReadings>;
}

export function openMetricReader(sources: MetricSources): MetricReader {
  const readOne = readingOne(sources, rememberedOutcomes(readOutcomes));
  return {
    async read({ metrics, versions, ...about }) {
      const ofVersion = async ({ digest, version }: MetricsQuestion['versions'][number]) => {
        const subject = { ...about, version, digest };
        const readings = [...metrics].map(async ([name, metric]) => [name, await readOne(metric, subject)] as const);
        return [version, new Map(await Promise.all(readings))] as const;
      };
      return new Map(await Promise.all(versions.map(ofVersion)));
    },
  };
}

type ReadOne = (metric: Metric, subject: Subject) => Promise<MetricReading>;

function readingOne({ checkout, env, prometheus, store }: MetricSources, outcomes: typeof readOutcomes): ReadOne {
  const server = prometheus === null ? null : prometheusServer(prometheus, env[AUTHORIZATION_VARIABLE]);
  const read: ReadOne = async (metric, subject) => {
    switch (metric.kind) {
      case 'outcome':
        return outcomes(store, metric, subject);
      case 'prometheus':
        return readPrometheus(server, metric, subject);
      case 'command':
        if (checkout === null) return noData('it is read by the reconciler only.');
        return readCommand(metric, { cwd: await checkout(subject.commit), env, subject });
    }
  };
  return async (metric, subject) => {
    try {
      return await read(metric, subject);
    } catch (error) {
      return broken(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}
