import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binFeatures } from './bins.js';
import { countHistogram, siblingHistogram } from './histogram.js';
import { bestSplit, leafValue } from './split.js';
import { growTree, type TreeNode } from './tree.js';

const value = fc.oneof(fc.constantFrom(Number.NaN, 0, 1, 2, 2.5, 7), fc.float({ noNaN: true, min: -10, max: 10 }));
const rows = fc.array(
  fc.record({
    a: value,
    b: value,
    gradient: fc.double({ min: -1, max: 1, noNaN: true }),
    hessian: fc.constantFrom(0.05, 0.16, 0.25),
  }),
  { minLength: 2, maxLength: 40 },
);
type Rows = typeof rows extends fc.Arbitrary<infer T> ? T : never;

function prepare(drawn: Rows) {
  const columns = [Float32Array.from(drawn, ({ a }) => a), Float32Array.from(drawn, ({ b }) => b)];
  const slopes = {
    gradients: Float64Array.from(drawn, ({ gradient }) => gradient),
    hessians: Float64Array.from(drawn, ({ hessian }) => hessian),
  };
  const data = binFeatures(columns, 16);
  const all = Uint32Array.from(drawn, (_, row) => row);
  return { columns, slopes, data, all, histogram: countHistogram(data, all, slopes) };
}

const sum = (part: Rows) => ({
  gradient: part.reduce((total, { gradient }) => total + gradient, 0),
  hessian: part.reduce((total, { hessian }) => total + hessian, 0),
});

/** The best gain by writing out both sides of every split: equations 6 and 7 of the XGBoost paper, with a ridge of 1. */
function bestGainByHand(drawn: Rows, { columns, data }: ReturnType<typeof prepare>, minHessian: number): number {
  const score = (part: Rows) => sum(part).gradient ** 2 / (sum(part).hessian + 1);
  let best = 0;
  for (const [feature, column] of columns.entries()) {
    for (const edge of data.edges[feature]!) {
      for (const missingLeft of [false, true]) {
        const goesLeft = (row: number) => (Number.isNaN(column[row]!) ? missingLeft : column[row]! <= edge);
        const left = drawn.filter((_, row) => goesLeft(row));
        const right = drawn.filter((_, row) => !goesLeft(row));
        if (sum(left).hessian < minHessian - 1e-9 || sum(right).hessian < minHessian - 1e-9) continue;
        best = Math.max(best, score(left) + score(right) - score(drawn));
      }
    }
  }
  return best;
}

describe('the best split', () => {
  it('gains as much as the best of all splits written out by hand', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(0.04, 0.33), (drawn, minHessian) => {
        const prepared = prepare(drawn);
        const split = bestSplit(prepared.data, prepared.histogram, { total: sum(drawn), minHessian });
        const wanted = bestGainByHand(drawn, prepared, minHessian);
        if (wanted < 1e-8) return;
        expect(split?.gain).toBeCloseTo(wanted, 8);
      }),
    );
  });

  it('is none where no side may be as small as it would have to be', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const { data, histogram } = prepare(drawn);
        const total = sum(drawn);
        expect(bestSplit(data, histogram, { total, minHessian: total.hessian })).toBeNull();
      }),
    );
  });
});

describe('a leaf', () => {
  it('steps against the gradient, shrunk by the ridge', () => {
    expect(leafValue({ gradient: 3, hessian: 5 })).toBe(-0.5);
    expect(leafValue({ gradient: -3, hessian: 5 })).toBe(0.5);
  });
});

describe('a histogram', () => {
  it('less one child’s is the other child’s', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const { data, slopes, all, histogram } = prepare(drawn);
        const [left, right] = [all.filter((row) => row % 2 === 0), all.filter((row) => row % 2 === 1)];
        const sibling = siblingHistogram(histogram, countHistogram(data, left, slopes));
        const counted = countHistogram(data, right, slopes);
        for (const [slot, wanted] of counted.entries()) expect(sibling[slot]).toBeCloseTo(wanted, 9);
      }),
    );
  });
});

describe('a tree', () => {
  it('sends each row to a leaf that holds the best step for all the rows that it sent there', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 3 }), (drawn, depth) => {
        const { columns, slopes, data, all } = prepare(drawn);
        const tree = growTree(data, all, { depth, minHessian: 0.04, learningRate: 0.5, slopes });
        const members = new Map<TreeNode, number[]>();
        for (const row of all) {
          let node = tree;
          let steps = 0;
          while (node.kind === 'split') {
            const at = columns[node.feature]![row]!;
            node = (Number.isNaN(at) ? node.missingLeft : at <= node.threshold) ? node.left : node.right;
            steps++;
          }
          expect(steps).toBeLessThanOrEqual(depth);
          members.set(node, [...(members.get(node) ?? []), row]);
        }
        for (const [leaf, inside] of members) {
          const total = sum(inside.map((row) => drawn[row]!));
          expect(leaf.kind === 'leaf' && leaf.value).toBeCloseTo(0.5 * leafValue(total), 6);
        }
      }),
    );
  });
});
