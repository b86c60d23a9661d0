import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { Benchmark, BenchmarkContext } from '../benchmark.js';
import { median, spread } from '../median.js';
import { prepareWorkload, type Workload } from './workload.js';

const REQUESTS = 4096;
const READS_A_ROUND = 40_000;
const ROUNDS = Number(process.env.SIGNALBOX_BENCH_ROUNDS ?? 15);
/** Reads between two turns of the event loop: each turn is a new LMDB snapshot, as requests of a pod have it. */
const READS_A_TURN = 64;

/**
 * Three entities with twelve window features each, with status and age, against three raw LMDB gets of the same bytes: what finding, folding and explaining
 * cost on top of fetching. One process, one thread, in turns.
 */
export const onlineReadBenchmark: Benchmark = {
  name: 'online-read',
  summary: 'Read 36 window features of three entities, against three raw LMDB gets of the same bytes',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-online-'));
    try {
      const workload = await prepareWorkload(folder, REQUESTS);
      const raw = await copyRaw(join(folder, 'raw'), workload);
      const { ours, theirs } = await measure(context, workload, raw.get);
      await workload.online.close();
      await raw.close();
      const ratio = median(theirs) / median(ours);
      const [oursUs, theirsUs] = [median(ours), median(theirs)];
      return [
        {
          name: 'online-read',
          opponent: 'raw LMDB',
          ratio,
          goal: 0.3,
          ours: oursUs,
          theirs: theirsUs,
          unit: 'µs a read',
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface RawStore {
  readonly get: (key: string) => Uint8Array | undefined;
  readonly close: () => Promise<void>;
}

/** The same values under plain keys in an LMDB of its own. */
async function copyRaw(path: string, { online, keys }: Workload): Promise<RawStore> {
  const raw = open<Uint8Array, string>({ path, encoding: 'binary' });
  for (const asked of keys) {
    const { values } = await online.read(asked);
    for (const [i, value] of values.entries()) if (value) raw.putSync(rawKey(asked[i]!), Uint8Array.from(value));
  }
  return { get: (key) => raw.get(key), close: () => raw.close() };
}

const rawKey = ({ view, entityKey }: { readonly view: string; readonly entityKey: string }) => `${view}/${entityKey}`;

async function measure({ progress, signal }: BenchmarkContext, workload: Workload, get: RawStore['get']) {
  const rawKeys = workload.keys.map((asked) => asked.map(rawKey));
  let sink = 0;
  const ourRead = (i: number) => {
    const vector = workload.reader.read(workload.requests[i]!);
    if (vector instanceof Promise) throw new Error('the embedded store answers at once');
    // Asked for, so that they are computed: a pod computes them only when a caller wants them.
    sink += vector.statuses.length + vector.agesUs.length;
  };
  const rawRead = (i: number) => {
    for (const key of rawKeys[i]!) sink += get(key)?.length ?? 0;
  };
  const [ours, theirs]: [number[], number[]] = [[], []];
  // The first round warms up both sides.
  for (let round = -1; round < ROUNDS && !signal.aborted; round++) {
    const [a, b] = [await microsecondsARead(ourRead), await microsecondsARead(rawRead)];
    if (round < 0) continue;
    ours.push(a);
    theirs.push(b);
  }
  if (sink === 0) throw new Error('nothing was read');
  progress(`online-read: ours ${spread(ours)} µs, raw ${spread(theirs)} µs`);
  return { ours, theirs };
}

async function microsecondsARead(read: (request: number) => void): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < READS_A_ROUND; i++) {
    read(i % REQUESTS);
    if (i % READS_A_TURN === 0) await new Promise((turn) => setImmediate(turn));
  }
  return ((performance.now() - start) * 1000) / READS_A_ROUND;
}
