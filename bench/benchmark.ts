/** One comparison: both sides ran in turns, in this command, on this machine, on the same input. A ratio above 1 means that ours is better. */
export interface Comparison {
  readonly name: string;
  readonly opponent: string;
  readonly ratio: number;
  readonly goal: number;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
}

export interface BenchmarkContext {
  /** One line for people, on standard error. */
  readonly progress: (line: string) => void;
  /** Aborted on Ctrl-C: stop soon, leave no process behind. */
  readonly signal: AbortSignal;
}

/** A benchmark: `bench/<name>/index.ts` exports one, and `bench/registry.ts` lists it. */
export interface Benchmark {
  readonly name: string;
  readonly summary: string;
  run(context: BenchmarkContext): Promise<readonly Comparison[]>;
}
