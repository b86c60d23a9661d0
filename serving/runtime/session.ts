import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelSpec } from './protocol.js';

/** One ONNX file, loaded. Not safe to use from two threads; calls must not overlap. */
export interface Session {
  /** Scores of `count` rows. Throws when the output does not have the promised shape. */
  run(rows: Float32Array, count: number): Promise<Float64Array>;
  release(): Promise<void>;
}

/**
 * One thread for a run: small models are fastest so, and pods scale by processes. Spinning is off: it burns a core while idle.
 */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

export async function openSession(spec: ModelSpec): Promise<Session> {
  const session = await InferenceSession.create(spec.modelPath, SESSION_OPTIONS);
  const problem = signatureProblem(session, spec);
  if (problem !== null) {
    await session.release();
    throw new Error(problem);
  }
  const { input, features, output } = spec;
  return {
    run: async (rows, count) => {
      const results = await session.run({ [input]: new Tensor('float32', rows, [count, features]) }, [output.tensor]);
      return columnOf(results[output.tensor], count, output);
    },
    release: () => session.release(),
  };
}

function signatureProblem(session: InferenceSession, spec: ModelSpec): string | null {
  const names = session.inputNames;
  if (names.length !== 1 || names[0] !== spec.input) {
    return `expected one input named "${spec.input}", the file has ${list(names)}`;
  }
  if (!session.outputNames.includes(spec.output.tensor)) {
    return `expected an output named "${spec.output.tensor}", the file has ${list(session.outputNames)}`;
  }
  return null;
}

function columnOf(tensor: Tensor | undefined, count: number, output: ModelSpec['output']): Float64Array {
  if (tensor === undefined) throw new Error(`the run gave no "${output.tensor}"`);
  const data = tensor.data;
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new Error(`expected "${output.tensor}" to be float or double, it is ${tensor.type}`);
  }
  const columns = data.length / count;
  if (!Number.isInteger(columns) || output.column >= columns) {
    throw new Error(
      `expected "${output.tensor}" to have column ${output.column} for ${count} rows, its shape is [${tensor.dims.join(', ')}]`,
    );
  }
  const scores = new Float64Array(count);
  for (let row = 0; row < count; row += 1) scores[row] = data[row * columns + output.column]!;
  return scores;
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
