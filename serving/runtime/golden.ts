import { type GoldenInputs, SignalboxError } from '@signalbox/contracts';
import { RUNTIME_LIMITS } from './limits.js';
import type { OpenModel } from './open-model.js';

/**
 * Runs the package's own inputs and compares the scores. A tolerance is needed: another processor may round the last bit otherwise.
 * Throws `serving/bad-package` and names the first row that differs.
 */
export async function checkGolden(model: OpenModel, golden: GoldenInputs): Promise<void> {
  if (golden.rows.length === 0 || golden.rows.length !== golden.scores.length) {
    throw refused(
      `golden.json has ${golden.rows.length} rows and ${golden.scores.length} scores; at least one of each is needed`,
    );
  }
  const scores = await model.score(flatten(golden.rows, model.features));
  for (let row = 0; row < scores.length; row += 1) {
    const expected = golden.scores[row]!;
    const actual = scores[row]!;
    if (!(Math.abs(actual - expected) <= golden.tolerance)) {
      throw refused(`golden row ${row}: expected ${expected} within ${golden.tolerance}, the model says ${actual}`);
    }
  }
}

/** One run of the largest batch: later requests then meet warm code and an arena of its final size. */
export async function warmUp(model: OpenModel, golden: GoldenInputs): Promise<void> {
  const rows = new Float32Array(RUNTIME_LIMITS.maxBatchRows * model.features);
  const pattern = flatten(golden.rows, model.features);
  for (let at = 0; at < rows.length; at += 1) rows[at] = pattern[at % pattern.length]!;
  await model.score(rows);
}

function flatten(rows: GoldenInputs['rows'], features: number): Float32Array {
  const flat = new Float32Array(rows.length * features);
  for (const [index, row] of rows.entries()) {
    if (row.length !== features)
      throw refused(`golden row ${index} has ${row.length} values, the model takes ${features}`);
    for (const [column, value] of row.entries()) flat[index * features + column] = value ?? Number.NaN;
  }
  return flat;
}

function refused(message: string): SignalboxError {
  return new SignalboxError('serving/bad-package', message, {
    hint: 'The package does not do here what it did where it was built: build it again, and compare the runtime versions.',
  });
}
