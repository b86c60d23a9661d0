import { compileSegments } from '../../serving/routing/index.js';

const CONDITIONS = 16;
const REQUESTS = 1_000_000;

const KNOWN = {
  entities: [
    {
      name: 'route',
      keys: [
        { name: 'origin', type: 'string' },
        { name: 'destination', type: 'string' },
      ],
    },
  ],
  inputs: [{ name: 'distance', type: 'int' }],
} as const;

const REQUEST = { entities: { route: ['ATL', 'LAX'] }, inputs: { distance: 500 } };

/** Microseconds of CPU that a request takes to find out that it belongs to no segment of the most that a manifest may have. */
export function conditionsUs(): number {
  const segments = Array.from({ length: CONDITIONS }, (_, at) => {
    const where = at % 2 === 0 ? `route.origin in ["A${at}", "B${at}"] && distance > 100` : `distance > ${1_000 + at}`;
    return { name: `s${at}`, where, version: null };
  });
  const { find } = compileSegments(segments, KNOWN);
  for (let warm = 0; warm < REQUESTS; warm += 1) find(REQUEST);
  const before = process.cpuUsage().user;
  for (let request = 0; request < REQUESTS; request += 1) find(REQUEST);
  return (process.cpuUsage().user - before) / REQUESTS;
}
