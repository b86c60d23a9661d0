import type { TopLevelSpec } from 'vega-lite';
import type { DriftSignal, ReportDrift } from '../report-data.js';
import { shortNumbers } from '../words.js';
import { BAD, INK, MUTED, SERIES } from './palette.js';

const BAR_HEIGHT = 15;

/** Shares by bin: bars are live traffic, ticks the reference. Bins that neither side has are left out. */
export function sharesChart({ labels, live, reference }: DriftSignal): TopLevelSpec {
  const values = labels.flatMap((label, at) => {
    const [was, is] = [reference[at] ?? 0, live?.[at] ?? 0];
    return was + is === 0 ? [] : [{ label: shortNumbers(label), was, is }];
  });
  const y = {
    field: 'label',
    type: 'nominal',
    sort: null,
    axis: { title: null, ticks: false, domain: false, labelLimit: 160 },
  } as const;
  const axis = { title: 'share of rows', format: '.0%', tickCount: 4 };
  return {
    width: 260,
    height: Math.max(4, values.length) * BAR_HEIGHT,
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: { band: 0.62 }, color: SERIES[0] },
        encoding: { y, x: { field: 'is', type: 'quantitative', axis } },
      },
      {
        mark: { type: 'tick', thickness: 2, size: BAR_HEIGHT - 2, color: INK },
        encoding: { y, x: { field: 'was', type: 'quantitative' } },
      },
    ],
  };
}

/** The distance window by window, against the threshold and against what chance alone would give so many rows. */
export function distanceChart(signal: DriftSignal, windows: ReportDrift['windows']): TopLevelSpec {
  const values = signal.windows.flatMap(({ distance, noiseFloor = 0, state }, at) =>
    distance === undefined ? [] : [{ at: windows[at]!.fromUs / 1000, distance, noiseFloor, state }],
  );
  const x = {
    field: 'at',
    type: 'temporal',
    scale: { type: 'utc' },
    axis: { title: 'window (UTC)', grid: false, format: '%b %-d', tickCount: 5 },
  } as const;
  return {
    width: 330,
    height: 170,
    data: { values },
    layer: [
      {
        mark: { type: 'area', interpolate: 'step-after', color: MUTED, opacity: 0.22 },
        encoding: { x, y: { field: 'noiseFloor', type: 'quantitative' } },
      },
      {
        mark: { type: 'line', color: SERIES[0], strokeWidth: 1.5 },
        encoding: {
          x,
          y: { field: 'distance', type: 'quantitative', axis: { title: 'distance', tickCount: 4 } },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 38 },
        encoding: {
          x,
          y: { field: 'distance', type: 'quantitative' },
          color: { condition: { test: 'datum.state === "drifted"', value: BAD }, value: SERIES[0] },
        },
      },
      {
        data: { values: [{ threshold: signal.threshold }] },
        mark: { type: 'rule', strokeDash: [4, 3], color: BAD },
        encoding: { y: { field: 'threshold', type: 'quantitative' } },
      },
    ],
  };
}
