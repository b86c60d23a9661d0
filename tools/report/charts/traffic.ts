import type { TopLevelSpec } from 'vega-lite';
import type { RolloutEntry, TrafficBin } from '../report-data.js';
import { INK, MUTED, versionColour } from './palette.js';

/** Share of answers by version over event time, with each published change of the split as a rule. */
export function trafficChart(traffic: readonly TrafficBin[], rollout: readonly RolloutEntry[]): TopLevelSpec {
  const versions = [...new Set(traffic.map((bin) => bin.version))].sort();
  const first = Math.min(...traffic.map((bin) => bin.eventUs));
  const changes = rollout.filter((entry) => entry.eventUs > first);
  return {
    width: 860,
    height: 240,
    layer: [
      {
        data: { values: traffic.map((bin) => ({ ...bin, at: bin.eventUs / 1000 })) },
        mark: { type: 'area', interpolate: 'step-after', opacity: 0.9 },
        encoding: {
          x: {
            field: 'at',
            type: 'temporal',
            scale: { type: 'utc' },
            axis: { title: 'event time (UTC)', grid: false, format: '%b %-d, %H:%M', tickCount: 8 },
          },
          y: {
            field: 'answers',
            type: 'quantitative',
            stack: 'normalize',
            axis: { title: 'share of answers', format: '.0%', tickCount: 4 },
          },
          color: {
            field: 'version',
            type: 'nominal',
            scale: { domain: versions, range: versions.map(colourOf) },
          },
          order: { field: 'version' },
        },
      },
      {
        data: { values: changes.map((entry) => ({ at: entry.eventUs / 1000 })) },
        mark: { type: 'rule', color: INK, strokeDash: [2, 3], opacity: 0.55 },
        encoding: { x: { field: 'at', type: 'temporal' } },
      },
    ],
  };
}

function colourOf(version: string): string {
  const number = Number(version.replace(/^v/, ''));
  return Number.isInteger(number) ? versionColour(number) : MUTED;
}
