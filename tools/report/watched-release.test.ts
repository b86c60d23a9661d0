import type { Verdict } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { renderReport } from './render-report.js';
import type { DriftSignal, ReportData } from './report-data.js';
import { drawnSignals } from './sections/drift.js';

const said = (id: string, verdict: Verdict['verdict'], more: Partial<Verdict> = {}): Verdict => ({
  id,
  verdict,
  sentence: `${id} says <${verdict}>.`,
  ...more,
});

const entry = {
  wallMs: 0,
  eventUs: 0,
  serial: 1,
  phase: 'live',
  champion: 1,
  candidate: null,
  share: 0,
  shadowShare: 0,
  reason: 'first release',
};

const plain: ReportData = {
  title: 'A title',
  model: 'flight-delay',
  environment: 'prod',
  generatedAtMs: 0,
  requests: { total: 1, failed: 0, degraded: {}, medianMs: 1, p99Ms: 1 },
  acts: [],
  wallSeconds: 1,
  versions: [],
  rollout: [entry],
  traffic: [{ eventUs: 0, version: 'v1', answers: 1 }],
  rollback: null,
  parity: null,
};

const signal = (name: string, verdict: Verdict['verdict'], distance = 0.2): DriftSignal => ({
  name,
  verdict: said(`drift/${name}`, verdict),
  labels: ['missing', 'below 3.4000000953674316', 'above 3.4000000953674316'],
  reference: [0, 0.5, 0.5],
  live: [0, 0.2, 0.8],
  threshold: 0.1,
  windows: [
    { state: 'drifted', rows: 900, distance, noiseFloor: 0.02 },
    { state: 'too-few', rows: 3 },
  ],
});

const drift = (signals: readonly DriftSignal[]) => ({
  live: { version: 2 },
  fromUs: 0,
  toUs: 864e8,
  windows: [{ fromUs: 0 }, { fromUs: 432e8 }],
  signals,
  followedBy: 'Pull request #9 asks for newer data.',
});

describe('a report of a watched release', () => {
  it('has no section for what did not happen', async () => {
    const page = await renderReport(plain);
    for (const heading of ['stopped before the merge', 'still looks the same', 'one answer came from'])
      expect(page).not.toContain(heading);
  });

  it('tells each step with every verdict in words, what stopped it first', async () => {
    const verdicts = [
      said('rollout/pods', 'pass'),
      said('rollout/error-rate', 'fail', { value: 0.051, interval: [0.03, 0.07], bound: 0.01, sampleSize: 2180 }),
    ];
    const page = await renderReport({
      ...plain,
      rollout: [entry, { ...entry, serial: 2, phase: 'rejected', verdicts }],
    });
    expect(page.indexOf('rollout/error-rate says')).toBeLessThan(page.indexOf('rollout/pods says'));
    expect(page).toContain('measured 0.051 · between 0.03 and 0.07 · bound 0.01 · n = 2,180');
    expect(page).toContain('rollout/pods says &lt;pass&gt;.');
    expect(page.match(/<li class="bad">/g)).toHaveLength(1);
  });

  it('shows what a refused pull request changed, who refused it, and the rows', async () => {
    const verdicts = [
      said('quality/auc', 'pass'),
      said('leak/replay', 'fail', { feature: 'route_delays.mean_1h', examples: ['flight <7>: 34.2, known then 12.5'] }),
    ];
    const blocked = [{ number: 6, title: 'Fresher', change: ['-observedAt: a', '+observedAt: b'], verdicts }];
    const page = await renderReport({ ...plain, blocked });
    expect(page).toContain('refused by 1 of 2 gates');
    expect(page).toContain('<span class="removed">-observedAt: a</span><span class="added">+observedAt: b</span>');
    expect(page).toContain('<details open><summary>Rows that show it in route_delays.mean_1h (1)</summary>');
    expect(page).toContain('flight &lt;7&gt;: 34.2, known then 12.5');
  });

  it('draws what drifted, the farthest first, and lists the rest', async () => {
    const signals = [
      signal('a.once', 'warn', 0.9),
      signal('a.near', 'fail', 0.15),
      signal('a.calm', 'pass'),
      signal('score', 'fail', 0.3),
    ];
    expect(drawnSignals(drift(signals)).map(({ name }) => name)).toEqual(['score', 'a.near', 'a.once']);
    const page = await renderReport({ ...plain, drift: drift(signals) });
    expect(page).toContain(
      '2 of 4 signals drifted, and 1 in fewer windows than count. Pull request #9 asks for newer data.',
    );
    expect(page.match(/aria-label="Distance of /g)).toHaveLength(3);
    expect(page).toContain('below 3.4<');
    expect(page).toContain('<td class="number">1 of 1</td>');
  });

  it('takes signals without any live row', async () => {
    const page = await renderReport({
      ...plain,
      drift: drift([{ ...signal('a.gone', 'no-data'), live: null, windows: [] }]),
    });
    expect(page).toContain('0 of 1 signals drifted');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws where one answer came from, in colours that follow the reader’s setting', async () => {
    const node = (id: string, kind: string) => ({
      id,
      kind,
      title: `A ${kind} of <${id}>`,
      facts: { rows: 10 },
      doubt: null,
    });
    const graph = { nodes: [node('p', 'prediction'), node('v', 'version')], edges: [{ from: 'v', to: 'p' }] };
    const page = await renderReport({
      ...plain,
      lineage: { prediction: 'm.1.1.pod.x.1', story: ['It was so.'], graph },
    });
    const svg = page.slice(page.indexOf('<svg class="lineage"'), page.lastIndexOf('</svg>'));
    expect(svg.match(/class="line"/g)).toHaveLength(1);
    expect(svg).toContain('A version of &lt;v&gt;');
    expect(svg).not.toMatch(/#[0-9a-f]{3,6}\b/);
    expect(page).toContain('<p>It was so.</p>');
  });
});
