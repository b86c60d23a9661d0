import type { Benchmark } from './benchmark.js';

/** Every benchmark, in the order of the goals; loaded when it runs. */
export const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  serving: async () => (await import('./serving/index.js')).servingBenchmark,
  dataset: async () => (await import('./dataset/index.js')).datasetBenchmark,
  'online-read': async () => (await import('./online-read/index.js')).onlineReadBenchmark,
  segments: async () => (await import('./segments/index.js')).segmentsBenchmark,
  reconcile: async () => (await import('./reconcile/index.js')).reconcileBenchmark,
  'git-start': async () => (await import('./git-start/index.js')).gitStartBenchmark,
  poll: async () => (await import('./poll/index.js')).pollBenchmark,
  rollback: async () => (await import('./rollback/index.js')).rollbackBenchmark,
  'rollout-simulation': async () => (await import('./rollout-simulation/index.js')).rolloutSimulationBenchmark,
  'pull-request': async () => (await import('./pull-request/index.js')).pullRequestBenchmark,
  drift: async () => (await import('./drift/index.js')).driftBenchmark,
};
