import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { median, spread } from '../median.js';
import { generatorName, runLoad } from '../serving/load.js';
import { type Prepared, prepare } from '../serving/prepare.js';
import { type Server, startServer, untilReady } from '../serving/processes.js';
import { conditionsUs } from './conditions.js';

const POD = fileURLToPath(new URL('pod.ts', import.meta.url));
const CLIENTS = 32;
const ROUNDS = Number(process.env.SIGNALBOX_BENCH_ROUNDS ?? 8);
const ROUND_SECONDS = 4;
/** Under 3 % of the throughput. */
const GOAL = 0.97;
/** Both pods share one core, the generators the other. */
const SERVER_CORE = 0;
const CLIENT_CORE = 1;

type Mode = 'counting' | 'not-counting';
type ByMode<T> = Readonly<Record<Mode, T>>;

interface Round {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/**
 * What counting evidence at all traffic, and writing it, costs the serving path: a pod that does against the same pod that does not.
 *
 * A few per cent are less than two rounds differ by, one after the other, on a machine that does anything else. So both pods run at once on one core: the
 * scheduler gives each as much of it as the other, whatever else there is to do, and what one costs more it answers less. Of two equal pods the one
 * that started first is 2 % behind, so each is first once, and a ratio is the geometric mean of a round of both orders.
 */
export const segmentsBenchmark: Benchmark = {
  name: 'segments',
  summary: 'Predict path of one pod that counts and writes evidence, against the same pod without it',
  async run(context) {
    const prepared = await prepare();
    context.progress(`segments: ${prepared.description}; ${CLIENTS} clients each by ${generatorName()}`);
    context.progress(`segments: sixteen conditions take ${conditionsUs().toFixed(2)} µs of CPU a request`);
    try {
      const first = await roundsOf(context, prepared, ['counting', 'not-counting']);
      const second = await roundsOf(context, prepared, ['not-counting', 'counting']);
      return compare(context, first, second);
    } finally {
      await prepared.world.remove();
    }
  },
};

async function roundsOf(
  { signal }: BenchmarkContext,
  { world, bodies }: Prepared,
  order: readonly Mode[],
): Promise<readonly ByMode<Round>[]> {
  const servers: { readonly mode: Mode; readonly server: Server }[] = [];
  try {
    for (const mode of order) {
      const server = await startServer(['--import', 'tsx', POD, mode, ...world.podArguments(mode)], SERVER_CORE);
      servers.push({ mode, server });
      await untilReady(server.address);
    }
    const rounds: ByMode<Round>[] = [];
    // The first one warms both up.
    for (let index = 0; index <= ROUNDS && !signal.aborted; index += 1) {
      const loads = servers.map(async ({ mode, server }) => [mode, await load(server, bodies)] as const);
      const round = Object.fromEntries(await Promise.all(loads)) as ByMode<Round>;
      if (index > 0) rounds.push(round);
    }
    return rounds;
  } finally {
    await Promise.all(servers.map(({ server }) => server.stop()));
  }
}

async function load(server: Server, bodies: string): Promise<Round> {
  const before = server.cpuSeconds();
  const url = `${server.address}/v1/models/flight-delay/predict`;
  const result = await runLoad({ url, bodies, clients: CLIENTS, seconds: ROUND_SECONDS }, CLIENT_CORE);
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.requests} requests failed`);
  const cpuUs = ((server.cpuSeconds() - before) / result.requests) * 1e6;
  return { perSecond: result.requests / result.seconds, cpuUs };
}

function compare(
  { progress }: BenchmarkContext,
  first: readonly ByMode<Round>[],
  second: readonly ByMode<Round>[],
): readonly Comparison[] {
  const gained = (ratio: (round: ByMode<Round>) => number): readonly number[] =>
    first.slice(0, second.length).map((round, at) => Math.sqrt(ratio(round) * ratio(second[at]!)));
  const throughput = gained((round) => round.counting.perSecond / round['not-counting'].perSecond);
  const cpu = gained((round) => round['not-counting'].cpuUs / round.counting.cpuUs);
  progress(
    `segments: throughput ${spread(throughput)}, CPU ${spread(cpu)} in ${throughput.length} rounds of each order`,
  );
  const side = (mode: Mode, of: (round: Round) => number): number =>
    median([...first, ...second].map((round) => of(round[mode])));
  const sides = (of: (round: Round) => number) => ({ ours: side('counting', of), theirs: side('not-counting', of) });
  const common = { name: 'segments', opponent: 'the same pod without evidence', goal: GOAL };
  return [
    { ...common, ratio: median(throughput), unit: 'req/s', ...sides(({ perSecond }) => perSecond) },
    { ...common, ratio: median(cpu), unit: 'µs CPU', ...sides(({ cpuUs }) => cpuUs) },
  ];
}
