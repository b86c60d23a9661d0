import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { median } from '../median.js';
import { generatorName, type LoadResult, runLoad } from './load.js';
import { type Prepared, prepare } from './prepare.js';
import { type Server, startServer, untilReady } from './processes.js';

const POD = fileURLToPath(new URL('../../serving/bin/signalbox-pod.js', import.meta.url));
const ECHO = fileURLToPath(new URL('echo-server.ts', import.meta.url));
const CLIENTS = 64;
const ROUNDS = Number(process.env.SIGNALBOX_BENCH_ROUNDS ?? 9);
const ROUND_SECONDS = 3;
const GOAL = 0.45;
/** The server has one core, the generator the other. */
const SERVER_CORE = 0;
const CLIENT_CORE = 1;

/** The whole predict path of one pod against an empty Fastify server that parses the same body. */
export const servingBenchmark: Benchmark = {
  name: 'serving',
  summary: 'Full predict path of one pod, 64 clients, against an empty Fastify JSON echo',
  async run(context) {
    const prepared = await prepare();
    context.progress(`serving: ${prepared.description}; ${CLIENTS} clients by ${generatorName()}`);
    const servers: Server[] = [];
    try {
      const pod = await startServer([POD, 'serve', ...prepared.world.podArguments('bench')], SERVER_CORE);
      servers.push(pod);
      const echo = await startServer(['--import', 'tsx', ECHO], SERVER_CORE);
      servers.push(echo);
      await untilReady(pod.address);
      return [await compare(context, prepared, { pod, echo })];
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await prepared.world.remove();
    }
  },
};

async function compare(
  { progress, signal }: BenchmarkContext,
  { bodies }: Prepared,
  { pod, echo }: { readonly pod: Server; readonly echo: Server },
): Promise<Comparison> {
  const round = async (server: Server, seconds: number): Promise<LoadResult & { cpuUs: number }> => {
    const before = server.cpuSeconds();
    const result = await runLoad(
      { url: `${server.address}/v1/models/flight-delay/predict`, bodies, clients: CLIENTS, seconds },
      CLIENT_CORE,
    );
    if (result.failed > 0)
      throw new Error(`${result.failed} of ${result.requests} requests failed at ${server.address}`);
    return { ...result, cpuUs: ((server.cpuSeconds() - before) / result.requests) * 1e6 };
  };
  for (const server of [pod, echo]) await round(server, ROUND_SECONDS);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let index = 0; index < ROUNDS && !signal.aborted; index += 1) {
    const mine = await round(pod, ROUND_SECONDS);
    const floor = await round(echo, ROUND_SECONDS);
    ours.push(mine.requests / mine.seconds);
    theirs.push(floor.requests / floor.seconds);
    progress(`serving: round ${index + 1}: pod ${describe(mine)}, echo ${describe(floor)}`);
  }
  // Pairs of neighbouring rounds share the state of the machine, so the median is of their ratios.
  const ratios = ours.map((value, index) => value / theirs[index]!);
  progress(
    `serving: ratios ${ratios
      .map((ratio) => ratio.toFixed(2))
      .sort()
      .join(' ')}`,
  );
  return {
    name: 'serving',
    opponent: 'Fastify echo',
    ratio: median(ratios),
    goal: GOAL,
    ours: median(ours),
    theirs: median(theirs),
    unit: 'req/s',
  };
}

function describe(round: LoadResult & { readonly cpuUs: number }): string {
  const perSecond = Math.round(round.requests / round.seconds);
  return `${perSecond} req/s (p99 ${round.p99Ms.toFixed(1)} ms, CPU ${round.cpuUs.toFixed(0)} µs a request)`;
}
