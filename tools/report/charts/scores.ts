import type { TopLevelSpec } from 'vega-lite';
import { calibrationCurve, rocCurve, scoreDistribution } from '../curves.js';
import type { ScoredRows } from '../report-data.js';
import { MUTED, versionColour } from './palette.js';

export interface ScoredVersion {
  readonly version: number;
  readonly rows: ScoredRows;
}

const SIDE = 250;
const DIAGONAL = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];

/** True against false positive rate at every threshold; the diagonal is a coin. */
export function rocChart(versions: readonly ScoredVersion[]): TopLevelSpec {
  const values = versions.flatMap(({ version, rows }) =>
    rocCurve(rows).map((point, order) => ({
      x: point.falsePositiveRate,
      y: point.truePositiveRate,
      version: `v${version}`,
      order,
    })),
  );
  return unitSquare(versions, values, {
    x: 'on-time flights called late',
    y: 'late flights found',
    mark: { type: 'line', strokeWidth: 2 },
  });
}

/** Mean score against the share that was late: on the diagonal, a score means what it says. */
export function calibrationChart(versions: readonly ScoredVersion[]): TopLevelSpec {
  const values = versions.flatMap(({ version, rows }) =>
    calibrationCurve(rows).map((point, order) => ({
      x: point.predicted,
      y: point.observed,
      version: `v${version}`,
      order,
    })),
  );
  const top = Math.min(1, Math.ceil(Math.max(...values.map((value) => Math.max(value.x, value.y))) * 10 + 0.5) / 10);
  return unitSquare(versions, values, {
    x: 'mean score',
    y: 'share that was late',
    mark: { type: 'line', strokeWidth: 1.5, point: { size: 36, filled: true } },
    top,
  });
}

/** How the scores of late and on-time flights lie apart. */
export function distributionChart({ version, rows }: ScoredVersion): TopLevelSpec {
  return {
    width: SIDE,
    height: SIDE,
    data: { values: scoreDistribution(rows).map((point) => ({ ...point })) },
    mark: { type: 'area', interpolate: 'monotone', opacity: 0.45, line: { strokeWidth: 1.5 } },
    encoding: {
      x: { field: 'score', type: 'quantitative', axis: { title: `score of v${version}`, tickCount: 5 } },
      y: {
        field: 'share',
        type: 'quantitative',
        stack: null,
        axis: { title: 'share of flights', format: '.0%', tickCount: 4 },
      },
      color: {
        field: 'label',
        type: 'nominal',
        scale: { domain: ['on time', 'late'], range: [MUTED, versionColour(version)] },
      },
    },
  };
}

function unitSquare(
  versions: readonly ScoredVersion[],
  values: readonly { x: number; y: number; version: string; order: number }[],
  style: { x: string; y: string; mark: object; top?: number },
): TopLevelSpec {
  const names = versions.map(({ version }) => `v${version}`);
  const top = style.top ?? 1;
  const axis = { format: '.0%', tickCount: 5 };
  return {
    width: SIDE,
    height: SIDE,
    layer: [
      {
        data: { values: DIAGONAL.map(({ x, y }) => ({ x: x * top, y: y * top })) },
        mark: { type: 'line', strokeDash: [3, 3], strokeWidth: 1, color: MUTED },
        encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
      },
      {
        data: { values: [...values] },
        mark: style.mark as { type: 'line' },
        encoding: {
          x: { field: 'x', type: 'quantitative', scale: { domain: [0, top] }, axis: { ...axis, title: style.x } },
          y: { field: 'y', type: 'quantitative', scale: { domain: [0, top] }, axis: { ...axis, title: style.y } },
          color: {
            field: 'version',
            type: 'nominal',
            scale: { domain: names, range: versions.map(({ version }) => versionColour(version)) },
          },
          order: { field: 'order' },
        },
      },
    ],
  };
}
