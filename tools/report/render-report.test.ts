import { describe, expect, it } from 'vitest';
import { renderReport } from './render-report.js';
import type { ReportData } from './report-data.js';

const scores = {
  labels: Uint8Array.from({ length: 200 }, (_, row) => (row % 4 === 0 ? 1 : 0)),
  scores: Float64Array.from({ length: 200 }, (_, row) => (row % 7) / 7),
};

const data: ReportData = {
  title: 'A <b>bold</b> title',
  model: 'flight-delay',
  environment: 'prod',
  generatedAtMs: Date.UTC(2026, 0, 1),
  requests: { total: 12_000, failed: 0, degraded: { timeout: 3 }, medianMs: 2, p99Ms: 9 },
  acts: [{ name: 'Propose', seconds: 12.3, story: ['It was trained on "real" rows.'] }],
  wallSeconds: 14.6,
  versions: [
    {
      version: 1,
      digest: `sha256:${'a'.repeat(64)}`,
      outcome: 'live',
      features: 5,
      metrics: { auc: { value: 0.65, interval: [0.64, 0.66] } },
      verdicts: [{ id: 'quality/auc', verdict: 'bootstrap', sentence: 'AUC is 0.65 < 1.' }],
      scores,
    },
  ],
  rollout: [
    {
      wallMs: 0,
      eventUs: 0,
      serial: 1,
      phase: 'live',
      champion: 1,
      candidate: null,
      share: 0,
      shadowShare: 0,
      reason: 'first release',
    },
    {
      wallMs: 9,
      eventUs: 36e8,
      serial: 2,
      phase: 'canary',
      champion: 1,
      candidate: 2,
      share: 0.1,
      shadowShare: 0,
      reason: 'step 1',
    },
  ],
  traffic: [
    { eventUs: 0, version: 'v1', answers: 10 },
    { eventUs: 36e8, version: 'v2', answers: 4 },
  ],
  rollback: {
    fromVersion: 2,
    toVersion: 1,
    seconds: 1.1,
    allowedSeconds: 2,
    allowance: 'polls + 1 s',
    answers: [
      { atSeconds: 0.05, version: 'v2' },
      { atSeconds: 1.2, version: 'v1' },
    ],
  },
  parity: { checked: 1500, unexplained: 0, classes: [{ name: 'equal', count: 1500, meaning: 'the same bits' }] },
};

describe('the report', () => {
  it('is one page that loads nothing from elsewhere and runs no script', async () => {
    const page = await renderReport(data);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<link|src=|@import|url\(/);
    expect(page.match(/<svg/g)).toHaveLength(5);
    expect(page).not.toMatch(/NaN|undefined|\[object/);
  });

  it('escapes what documents and verdicts say', async () => {
    const page = await renderReport(data);
    expect(page).toContain('A &lt;b&gt;bold&lt;/b&gt; title');
    expect(page).toContain('AUC is 0.65 &lt; 1.');
  });

  it('colours charts only by variables that follow the reader’s light or dark setting', async () => {
    const page = await renderReport(data);
    expect(page).not.toMatch(/#10a0/);
    expect(page).toContain('var(--series-1)');
    expect(page).toContain('prefers-color-scheme: dark');
  });

  it('says how long the rollback took, what was allowed, and that nothing failed', async () => {
    const page = await renderReport(data);
    expect(page).toContain('Not one of 12,000 requests went without a useful answer');
    expect(page).toContain('1.10 s');
    expect(page).toContain('2.00 s allowed');
  });

  it('leaves out the sections that a run had nothing for', async () => {
    const page = await renderReport({ ...data, rollback: null, parity: null, versions: [] });
    expect(page).not.toContain('How fast the way back is');
    expect(page).not.toContain('Whether serving saw');
  });
});
