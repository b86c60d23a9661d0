import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metric } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeMetric } from '../../tools/release/analysis/metric.js';
import { openMetricReader } from '../../tools/release/metrics/index.js';
import { readPrometheus } from '../../tools/release/metrics/prometheus.js';
import { askPrometheus } from '../../tools/release/metrics/prometheus-api.js';
import { MemoryStore } from '../support/memory-world.js';
import { freePort, type RunningEngine, requireEngine, startEngine } from './engine.js';

/** What a shop's own service would export: clicks and views of two versions under two manifests. */
const EXPORTED = `# TYPE clicks_total counter
clicks_total{version="2",serial="7"} 30
clicks_total{version="2",serial="6"} 999
clicks_total{version="4",serial="7"} 1000
clicks_total{version="5",serial="7"} 500
views_total{version="1",serial="7"} 400
views_total{version="2",serial="7"} 200
views_total{version="4",serial="7"} 5000
views_total{version="5",serial="7"} 5000
basket_euros{version="1"} NaN
basket_euros{version="2"} 41.5
`;

const RATE: Metric = {
  kind: 'prometheus',
  description: 'Clicks of views.',
  better: 'higher',
  successes: 'sum(clicks_total{version="{{version}}",serial="{{serial}}"})',
  total: 'sum(views_total{version="{{version}}",serial="{{ serial }}"})',
};
const subjectOf = (version: number) => ({
  ...{ environment: 'prod', model: 'm', version, serial: 7, digest: `sha256:${'0'.repeat(64)}` },
  ...{ commit: '0'.repeat(40), fromUs: 0, nowUs: 1 },
});

describe('a real Prometheus', () => {
  let [address, folder] = ['', ''];
  let exporter: Server | undefined;
  let engine: RunningEngine | undefined;

  beforeAll(async () => {
    requireEngine('prometheus');
    exporter = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(EXPORTED);
    });
    await new Promise<void>((resolve) => exporter!.listen(0, '127.0.0.1', resolve));
    const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
    folder = await mkdtemp(join(tmpdir(), 'signalbox-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    await writeFile(
      config,
      `scrape_configs: [{ job_name: shop, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{ targets: ['${target}'] }] }]\n`,
    );
    const port = await freePort();
    // Served below a path, as behind the proxies of many firms.
    address = `http://127.0.0.1:${port}/metrics-of-the-shop`;
    engine = await startEngine(
      [
        'prometheus',
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.route-prefix=/metrics-of-the-shop',
      ],
      `${address}/-/ready`,
    );
    await until(async () => (await askPrometheus({ address }, 'sum(views_total)')).kind === 'number');
  });

  afterAll(async () => {
    await engine?.stop();
    exporter?.close();
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  it('gives a rate as two counts, of the version and the manifest that are judged', async () => {
    expect(await readPrometheus({ address }, RATE, subjectOf(2))).toEqual({ kind: 'rate', successes: 30, total: 200 });
  });

  it('decides a step: the version that fewer people click on is refused', async () => {
    const never = () => Promise.reject(new Error('no program is asked'));
    const reader = openMetricReader({ store: new MemoryStore(), prometheus: address, checkout: never, env: {} });
    const versions = [4, 5].map((version) => ({ version, digest: subjectOf(version).digest }));
    const metrics = new Map([['clicks', RATE]]);
    const readings = await reader.read({ ...subjectOf(0), versions, metrics });
    const judge = (candidate: number, champion: number) => {
      const of = (version: number) => readings.get(version)!.get('clicks');
      const rule = { condition: { metric: 'clicks', margin: 0.05 }, metric: RATE, budget: { pass: 0.05, fail: 0.01 } };
      return judgeMetric({ candidate: of(candidate), champion: of(champion) }, rule).map(({ verdict }) => verdict);
    };
    expect([judge(5, 4), judge(4, 5)]).toEqual([['fail'], ['pass']]);
  });

  it('has counted none of the successes that it does not know, of views that it does', async () => {
    expect(await readPrometheus({ address }, RATE, subjectOf(1))).toEqual({ kind: 'rate', successes: 0, total: 400 });
  });

  it('has no data about a version that nobody counted', async () => {
    expect(await readPrometheus({ address }, RATE, subjectOf(3))).toMatchObject({
      kind: 'problem',
      verdict: 'no-data',
    });
  });

  it.each([
    ['a plain number', 'basket_euros{version="2"}', { kind: 'number', value: 41.5 }],
    ['a scalar', 'scalar(vector(3))', { kind: 'number', value: 3 }],
    ['a negative number in the form of science', 'vector(-2.5e-7)', { kind: 'number', value: -2.5e-7 }],
  ])('gives %s', async (_name, query, reading) => {
    expect(await askPrometheus({ address }, query)).toEqual(reading);
  });

  it.each([
    ['no series', 'nobody_exports_this', { verdict: 'no-data', words: 'finds no series' }],
    ['NaN', 'basket_euros{version="1"}', { verdict: 'no-data', words: 'NaN' }],
    ['a share of nothing', 'vector(0) / vector(0)', { verdict: 'no-data', words: 'NaN' }],
    ['infinity', 'vector(1) / vector(0)', { verdict: 'error', words: 'Inf' }],
    ['less than any number', '-vector(1) / vector(0)', { verdict: 'error', words: '-Inf' }],
    ['two series', 'clicks_total{version="2"}', { verdict: 'error', words: '2 series' }],
    ['a text', '"three"', { verdict: 'error', words: 'string' }],
    ['a matrix', 'views_total[1m]', { verdict: 'error', words: 'matrix' }],
    ['a query that it cannot parse', 'sum(', { verdict: 'error', words: 'refused the query (HTTP 400)' }],
  ])('never gives a number for %s', async (_name, query, { verdict, words }) => {
    const reading = await askPrometheus({ address }, query);
    expect(reading).toMatchObject({ kind: 'problem', verdict, sentence: expect.stringContaining(words) });
  });

  it('sends nobody elsewhere who leaves out its path: that is an error, not an answer', async () => {
    const origin = new URL(address).origin;
    expect(await askPrometheus({ address: origin }, 'vector(1)')).toMatchObject({ kind: 'problem', verdict: 'error' });
  });

  it('gives no answer once it is gone, and says so', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    expect(await askPrometheus({ address: nobody }, 'vector(1)')).toMatchObject({
      ...{ kind: 'problem', verdict: 'error', sentence: expect.stringContaining('gave no answer') },
    });
  });
});

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the exporter was not scraped within 20 s');
}
