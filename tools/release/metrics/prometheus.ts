import type { Metric } from '@signalbox/contracts';
import type { MetricReading } from '../analysis/index.js';
import { fillQuery } from './fill-query.js';
import { broken, noData } from './problems.js';
import { askPrometheus } from './prometheus-api.js';
import type { PrometheusServer } from './prometheus-server.js';
import type { Subject } from './subject.js';

type PrometheusMetric = Extract<Metric, { kind: 'prometheus' }>;

/** One number, or two counts, by instant queries at the server's own time. */
export async function readPrometheus(
  server: PrometheusServer | null,
  { query, successes, total }: PrometheusMetric,
  subject: Subject,
): Promise<MetricReading> {
  if (server === null)
    return broken(`releases/${subject.environment}/environment.yaml names no \`prometheus\` server.`);
  const ask = (text: string) => askPrometheus(server, fillQuery(text, subject));
  if (query !== undefined) return ask(query);
  if (successes === undefined || total === undefined)
    return broken('it needs `query`, or both `successes` and `total`.');
  const [good, all] = [await ask(successes), await ask(total)];
  if (all.kind !== 'number') return all;
  if (all.value === 0) return noData('nothing was counted yet.');
  // A counter that never counted is no series at all: of some requests, none was a success.
  if (good.kind === 'problem' && good.verdict === 'no-data') return { kind: 'rate', successes: 0, total: all.value };
  return good.kind === 'number' ? { kind: 'rate', successes: good.value, total: all.value } : good;
}
