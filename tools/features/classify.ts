import { type CompiledView, checkExpression, columnVariables, type FeatureBundle } from '@signalbox/contracts';

/**
 * Why a served value is or is not what the offline path says:
 *
 *   equal        what was known at T, to the bit
 *   float        the same up to the rounding that sums of doubles may have
 *   freshness    right as of the served token, but events that were known at T had not reached the online store yet
 *   definition   the pod read a view that the package does not carry
 *   unexplained  none of these: a defect
 */
export const PARITY_CLASSES = ['equal', 'float', 'freshness', 'definition', 'unexplained'] as const;
export type ParityClass = (typeof PARITY_CLASSES)[number];

export const CLASS_MEANINGS: Readonly<Record<ParityClass, string>> = {
  equal: 'what was known at T, to the bit',
  float: 'the same up to the rounding of sums of doubles',
  freshness: 'right for what the online store had read; newer events were still on their way',
  definition: 'the pod read a view that the package does not carry',
  unexplained: 'a defect',
};

/** A feature's numbers: `exact` are integers and what is computed of them, `tolerant` come from doubles. */
export type NumericClass = 'exact' | 'tolerant';

/** One value from three sides. NaN is NULL. `served` was rounded to 32 bits, as the model takes it. */
export interface ServedValue {
  readonly served: number;
  readonly asOfT: number;
  readonly asOfToken: number;
  readonly numeric: NumericClass;
  /** Whether the token names the view that the package carries. */
  readonly sameView: boolean;
}

/** Pure: the first class that explains the value. */
export function classifyValue({ served, asOfT, asOfToken, numeric, sameView }: ServedValue): ParityClass {
  if (!sameView) return 'definition';
  if (sameBits(served, asOfT)) return 'equal';
  if (numeric === 'tolerant' && isClose(served, asOfT)) return 'float';
  if (sameBits(served, asOfToken) || (numeric === 'tolerant' && isClose(served, asOfToken))) return 'freshness';
  return 'unexplained';
}

function sameBits(served: number, offline: number): boolean {
  return served === Math.fround(offline) || (Number.isNaN(served) && Number.isNaN(offline));
}

/** One unit in the last place of a 32-bit float, far above the 1e-9 that sums of doubles may differ by, because the served value was rounded to it. */
const RELATIVE_TOLERANCE = 2 ** -23;

function isClose(served: number, offline: number): boolean {
  return Math.abs(served - offline) <= RELATIVE_TOLERANCE * Math.max(Math.abs(served), Math.abs(offline));
}

/** The numeric class of each feature, in the order of the bundle. */
export function numericClasses(bundle: FeatureBundle): NumericClass[] {
  const classes = new Map<string, NumericClass>();
  for (const view of bundle.views)
    for (const [i, { name }] of view.features.entries()) classes.set(`${view.name}.${name}`, numericClass(view, i));
  return bundle.order.map((name) => classes.get(name)!);
}

function numericClass(view: CompiledView, feature: number): NumericClass {
  if (view.kind === 'request') return 'tolerant';
  const variables = columnVariables(view.source.columns);
  const sumsDoubles = view.features[feature]!.slots.some((index) => {
    const { op, input } = view.slots[index]!;
    const check = op === 'sum' && input !== null ? checkExpression(input, variables) : null;
    return check?.ok === true && check.node.type === 'double';
  });
  return sumsDoubles ? 'tolerant' : 'exact';
}
