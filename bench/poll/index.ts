import type { Benchmark, Comparison } from '../benchmark.js';
import { type HerdFigures, INTERVAL_MS, PODS, playHerd } from './herd.js';
import { measurePolls } from './poll-cost.js';

/**
 * What 1,000 polling pods cost their store, and how their requests are spread: by the production loop over simulated time, with the cost of a poll
 * measured on the production client. Against the same interval without jitter, back-off and ETag.
 */
export const pollBenchmark: Benchmark = {
  name: 'poll',
  summary:
    'Requests and bytes an hour of 1,000 pods, and the peak after a start and an outage, against polling in step',
  async run({ progress }) {
    const costs = await measurePolls();
    const { published, resigned, unchanged } = costs;
    progress(
      `poll: unchanged ${unchanged.requests} request, ${unchanged.bytes} bytes; signed anew ${resigned.requests}, ${resigned.bytes}; published ${published.requests}, ${published.bytes}`,
    );
    const [ours, theirs] = [await playHerd('ours', costs), await playHerd('in step', costs)];
    progress(`poll: ${PODS} pods every ${INTERVAL_MS / 1000} s at most: ${figures(ours)}`);
    progress(`poll: in step: ${figures(theirs)}`);
    return [
      compared('in step (bytes)', [ours.bytesAnHour / 1e6, theirs.bytesAnHour / 1e6], 'MB/h'),
      compared('in step (start)', [ours.peakAfterStart, theirs.peakAfterStart], 'req/s'),
      compared('in step (outage)', [ours.peakAfterOutage, theirs.peakAfterOutage], 'req/s'),
    ];
  },
};

const GOAL = 10;

function compared(opponent: string, [ours, theirs]: readonly [number, number], unit: string): Comparison {
  return { name: 'poll', opponent, ratio: theirs / ours, goal: GOAL, ours, theirs, unit };
}

const figures = (one: HerdFigures): string =>
  [
    `${one.requestsAnHour.toLocaleString('en')} requests and ${(one.bytesAnHour / 1e6).toFixed(2)} MB an hour`,
    `at most ${one.peakAfterStart} a second after a start and ${one.peakAfterOutage} after ten minutes without a store`,
    `99 % answered ${(one.backAfterMs / 1000).toFixed(0)} s after it is back`,
  ].join('; ');
