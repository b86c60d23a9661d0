import { type ModelSpec, openModel } from '@signalbox/serving/runtime';

/** Scores rows with the very code that serves. `matrix` is row-major. Throws `serving/bad-package` when the model cannot be loaded or run. */
export async function scoreRows(spec: ModelSpec, matrix: Float32Array): Promise<Float64Array> {
  const model = await openModel(spec);
  try {
    return await model.score(matrix);
  } finally {
    await model.close();
  }
}
