import type { TopLevelSpec } from 'vega-lite';
import type { ReportRollback } from '../report-data.js';
import { INK, MUTED, SERIES, versionColour } from './palette.js';

const BIN_SECONDS = 0.1;

/** Answers by version around the revert, in wall time: the reverted version must end before the allowance does. */
export function rollbackChart(rollback: ReportRollback): TopLevelSpec {
  const marks = [
    { at: 0, text: 'revert on main' },
    { at: rollback.allowedSeconds, text: 'allowed' },
  ];
  const versions = [...new Set(rollback.answers.map((answer) => answer.version))].sort();
  return {
    width: 860,
    height: 150,
    layer: [
      {
        data: { values: countByBin(rollback) },
        mark: { type: 'bar', width: { band: 0.96 } },
        encoding: {
          x: {
            field: 'from',
            type: 'quantitative',
            bin: { binned: true, step: BIN_SECONDS },
            axis: { title: 'seconds since the revert stood on main', tickCount: 10, format: '.1f', grid: false },
          },
          x2: { field: 'to' },
          y: { field: 'answers', type: 'quantitative', axis: { title: 'answers per 0.1 s', tickCount: 3 } },
          color: {
            field: 'version',
            type: 'nominal',
            scale: { domain: versions, range: versions.map(colourOf) },
          },
        },
      },
      {
        data: { values: marks },
        mark: { type: 'rule', color: INK, strokeDash: [4, 3] },
        encoding: { x: { field: 'at', type: 'quantitative' } },
      },
      {
        data: { values: marks },
        mark: { type: 'text', align: 'left', dx: 5, dy: -84, color: MUTED },
        encoding: { x: { field: 'at', type: 'quantitative' }, text: { field: 'text' } },
      },
    ],
  };
}

function countByBin(rollback: ReportRollback): { from: number; to: number; version: string; answers: number }[] {
  const bins = new Map<string, { from: number; to: number; version: string; answers: number }>();
  for (const { atSeconds, version } of rollback.answers) {
    if (atSeconds < -1 || atSeconds > rollback.allowedSeconds + 0.5) continue;
    const index = Math.floor(atSeconds / BIN_SECONDS);
    const key = `${index} ${version}`;
    const bin = bins.get(key) ?? { from: index * BIN_SECONDS, to: (index + 1) * BIN_SECONDS, version, answers: 0 };
    bins.set(key, { ...bin, answers: bin.answers + 1 });
  }
  return [...bins.values()];
}

function colourOf(version: string): string {
  const number = Number(version.replace(/^v/, ''));
  return Number.isInteger(number) ? versionColour(number) : SERIES[3];
}
