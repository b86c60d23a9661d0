/** What the serving thread and a model's own thread say to each other. Rows cross once a batch, as one transferred buffer. */
export interface ModelSpec {
  /** Always a path, never a buffer: loading from a buffer doubles the memory. */
  readonly modelPath: string;
  /** Input tensor: float32, shape [rows, features]. */
  readonly input: string;
  readonly features: number;
  readonly output: { readonly tensor: string; readonly column: number };
}

export interface RunMessage {
  readonly kind: 'run';
  readonly id: number;
  /** Row-major, `count` x `features`. */
  readonly rows: Float32Array;
  readonly count: number;
}

export type ToWorker = RunMessage | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'scores'; readonly id: number; readonly scores: Float64Array; readonly runMs: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
