import type { Dataset } from './read-dataset.js';

/** `sum of weights[i] * row[features[i]]`: the linear part of a log-odds. Float32, as ONNX stores it. */
export interface LinearTerms {
  readonly features: readonly number[];
  readonly weights: readonly number[];
}

export interface LogisticFit {
  readonly intercept: number;
  readonly terms: LinearTerms;
}

/** Newton's method roughly doubles the right digits with each step; more than these change nothing that float32 keeps. */
const STEPS = 8;

/** A little pull towards zero, in units of rows: keeps the equations solvable where two features say the same. */
const RIDGE = 1;

/**
 * Logistic regression of the label on the features that every row has: a linear term has no answer for a missing value, and none to learn one
 * from. Newton's method on standardised columns (Hastie, Tibshirani and Friedman, "The elements of statistical learning", 4.4.1).
 */
export function fitLogistic({ columns, labels, rows }: Dataset): LogisticFit {
  const scaled = columns.flatMap((column, feature) => standardised(column, feature) ?? []);
  const width = scaled.length + 1;
  let weights = new Float64Array(width);
  const row = new Float64Array(width).fill(1);
  for (let step = 0; step < STEPS; step++) {
    const hessian = Array.from({ length: width }, (_, at) =>
      new Float64Array(width).map((_, other) => (at === other ? RIDGE : 0)),
    );
    const gradient = weights.map((weight) => -RIDGE * weight);
    for (let at = 0; at < rows; at++) {
      for (const [term, { values }] of scaled.entries()) row[term + 1] = values[at]!;
      const probability = 1 / (1 + Math.exp(-dot(weights, row)));
      addRow({ hessian, gradient }, row, { error: labels[at]! - probability, curve: probability * (1 - probability) });
    }
    const change = solve(hessian, gradient);
    weights = weights.map((weight, at) => weight + change[at]!);
  }
  const perUnit = scaled.map(({ spread }, term) => weights[term + 1]! / spread);
  const shift = scaled.reduce((sum, { mean }, term) => sum + perUnit[term]! * mean, 0);
  return {
    intercept: Math.fround(weights[0]! - shift),
    terms: { features: scaled.map(({ feature }) => feature), weights: perUnit.map(Math.fround) },
  };
}

export function linearValue({ features, weights }: LinearTerms, row: ArrayLike<number>): number {
  return features.reduce((sum, feature, term) => sum + weights[term]! * row[feature]!, 0);
}

/** Null for a column that is missing somewhere, or the same everywhere. */
function standardised(column: Float32Array, feature: number) {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const spread = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
  if (!Number.isFinite(spread) || spread === 0) return null;
  return { feature, mean, spread, values: Float64Array.from(column, (value) => (value - mean) / spread) };
}

function addRow(
  { hessian, gradient }: { readonly hessian: readonly Float64Array[]; readonly gradient: Float64Array },
  row: Float64Array,
  { error, curve }: { readonly error: number; readonly curve: number },
): void {
  for (let at = 0; at < row.length; at++) {
    gradient[at]! += error * row[at]!;
    const scaled = curve * row[at]!;
    for (let other = 0; other < row.length; other++) hessian[at]![other]! += scaled * row[other]!;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

/** Solves `matrix x = right` by elimination; the matrix is positive definite, so no row has to be exchanged. Both are used up. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let pivot = 0; pivot < size; pivot++) {
    for (let below = pivot + 1; below < size; below++) {
      const factor = matrix[below]![pivot]! / matrix[pivot]![pivot]!;
      for (let at = pivot; at < size; at++) matrix[below]![at]! -= factor * matrix[pivot]![at]!;
      right[below]! -= factor * right[pivot]!;
    }
  }
  for (let at = size - 1; at >= 0; at--) {
    for (let after = at + 1; after < size; after++) right[at]! -= matrix[at]![after]! * right[after]!;
    right[at]! /= matrix[at]![at]!;
  }
  return right;
}
