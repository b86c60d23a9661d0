import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SignalboxError } from '@signalbox/contracts';
import { RUNTIME_LIMITS } from './limits.js';
import type { FromWorker, ModelSpec, ToWorker } from './protocol.js';

export type RunCallback = (scores: Float64Array | null, problem: string | null, runMs: number) => void;

/**
 * A model, loaded on a thread of its own, so that neither loading nor running it delays another model or the thread that answers
 * health checks.
 */
export interface OpenModel {
  readonly features: number;
  /** Scores one batch; `rows` is handed over (its buffer is unusable afterwards). Never throws; batches run in the order given. */
  run(rows: Float32Array, count: number, done: RunCallback): void;
  /** Scores a whole table, row-major, in batches. Throws `serving/bad-package` when a run fails. */
  score(rows: Float32Array): Promise<Float64Array>;
  /** Waits for the runs in progress, frees the session and ends the thread. Safe at any time, also twice. */
  close(): Promise<void>;
}

// ONNX Runtime for Linux sends usage data to its makers unless told not to; a pod talks to nobody that it was not told of. Set here, on the
// main thread, because a worker's own environment never reaches native code.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** Loads an ONNX file by path. Throws `serving/bad-package` when the file cannot be loaded or does not have the promised tensors. */
export async function openModel(spec: ModelSpec): Promise<OpenModel> {
  const worker = new Worker(workerUrl(), { workerData: spec, name: 'signalbox-model' });
  const thread = new ModelThread(worker, spec);
  await thread.loaded;
  return thread;
}

/** From source (in tests) the built worker is used: a thread starts from JavaScript only. */
function workerUrl(): URL {
  const beside = new URL('./worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL('../dist/runtime/worker.js', import.meta.url);
}

class ModelThread implements OpenModel {
  readonly loaded: Promise<void>;
  readonly features: number;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, RunCallback>();
  #nextId = 0;
  #closing = false;
  #gone: string | null = null;

  constructor(worker: Worker, spec: ModelSpec) {
    this.#worker = worker;
    this.features = spec.features;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.loaded = new Promise((resolve, reject) => {
      const refuse = (message: string): void => reject(badPackage(spec.modelPath, message));
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'loaded') resolve();
        else if (message.kind === 'refused') refuse(message.message);
        else this.#settle(message);
      });
      worker.on('error', (error) => this.#fail(error.message));
      worker.once('exit', (code) => {
        this.#fail(`the thread of the model ended with code ${code}`);
        refuse(`the thread ended with code ${code} while it loaded the file`);
      });
    });
  }

  run(rows: Float32Array, count: number, done: RunCallback): void {
    if (this.#closing || this.#gone !== null) {
      done(null, this.#closing ? 'the model is closed' : this.#gone, 0);
      return;
    }
    const id = this.#nextId;
    this.#nextId += 1;
    this.#waiting.set(id, done);
    this.#say({ kind: 'run', id, rows, count }, [rows.buffer as ArrayBuffer]);
  }

  async score(rows: Float32Array): Promise<Float64Array> {
    const count = rows.length / this.features;
    if (!Number.isInteger(count)) {
      throw new SignalboxError(
        'input/bad-argument',
        `expected rows of ${this.features} values, got ${rows.length} values`,
      );
    }
    const scores = new Float64Array(count);
    for (let from = 0; from < count; from += RUNTIME_LIMITS.bulkRows) {
      const to = Math.min(count, from + RUNTIME_LIMITS.bulkRows);
      scores.set(await this.#runOnce(rows.slice(from * this.features, to * this.features), to - from), from);
    }
    return scores;
  }

  async close(): Promise<void> {
    if (!this.#closing && this.#gone === null) {
      this.#closing = true;
      this.#say({ kind: 'close' });
    }
    await this.#exited;
  }

  #runOnce(rows: Float32Array, count: number): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      this.run(rows, count, (scores, problem) => {
        if (scores === null) reject(new SignalboxError('serving/bad-package', `the model failed: ${problem}`));
        else resolve(scores);
      });
    });
  }

  #settle(message: Extract<FromWorker, { id: number }>): void {
    const done = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'scores') done?.(message.scores, null, message.runMs);
    else done?.(null, message.message, 0);
  }

  #fail(problem: string): void {
    this.#gone ??= problem;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const done of waiting) done(null, problem, 0);
  }

  #say(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

function badPackage(path: string, message: string): SignalboxError {
  return new SignalboxError('serving/bad-package', `cannot load ${path}: ${message}`, {
    hint: 'Check that the file is a whole ONNX model with the input and output that signature.json names, then package it again.',
  });
}
