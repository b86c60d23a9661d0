import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { median, spread } from '../median.js';
import { ENVIRONMENTS, ManyModels } from './world.js';

const [MANY, FEW] = [1000, 10];
const ROUNDS = Number(process.env.SIGNALBOX_BENCH_ROUNDS ?? 7);

/**
 * One pass of a running reconciler over three environments after one model changed in each of them: the head read, everything decided, one manifest in each
 * environment published and signed. Cost a model with many models against the cost a model with few.
 */
export const reconcileBenchmark: Benchmark = {
  name: 'reconcile',
  summary: 'Cost a model of a pass over 1,000 models in 3 environments, against a pass over 10',
  async run(context) {
    context.progress(`reconcile: publishing ${MANY} models in ${ENVIRONMENTS.length} environments`);
    const [many, few] = [await ManyModels.create(MANY), await ManyModels.create(FEW)];
    try {
      return [await measure(context, many, few)];
    } finally {
      await many.remove();
      await few.remove();
    }
  },
};

async function measure(context: BenchmarkContext, many: ManyModels, few: ManyModels): Promise<Comparison> {
  const [ofMany, ofFew, idle, cold]: number[][] = [[], [], [], []];
  for (let round = 0; round < ROUNDS && !context.signal.aborted; round += 1) {
    ofMany!.push(await changedPassMs(many, round, MANY));
    ofFew!.push(await changedPassMs(few, round, FEW));
    idle!.push(await timedMs(() => many.pass()));
    if (round % 3 > 0) continue;
    await many.open();
    cold!.push(await timedMs(() => many.pass()));
  }
  const say = (what: string, times: readonly number[]): void =>
    context.progress(`reconcile: ${what}: ${spread(times)} ms`);
  say(`${MANY} models x ${ENVIRONMENTS.length}, one changed in each`, ofMany!);
  say(`${FEW} models x ${ENVIRONMENTS.length}, one changed in each`, ofFew!);
  say(`${MANY} models x ${ENVIRONMENTS.length}, nothing changed`, idle!);
  say(`${MANY} models x ${ENVIRONMENTS.length}, first pass of a new process`, cold!);
  const costUs = (times: readonly number[], models: number): number =>
    (median(times) * 1000) / (models * ENVIRONMENTS.length);
  const [ours, theirs] = [costUs(ofMany!, MANY), costUs(ofFew!, FEW)];
  return { name: 'reconcile', opponent: '10 models', ratio: theirs / ours, goal: 0.8, ours, theirs, unit: 'µs' };
}

async function changedPassMs(world: ManyModels, round: number, models: number): Promise<number> {
  await world.promote(round % models, 2);
  let published = 0;
  const ms = await timedMs(async () => {
    published = await world.pass();
  });
  if (published !== ENVIRONMENTS.length)
    throw new Error(`${published} manifests were published, not ${ENVIRONMENTS.length}`);
  return ms;
}

async function timedMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
