/**
 * The standard normal distribution to double precision.
 * Sources: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), for the distribution;
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), for its inverse.
 */
const SQRT_2PI_INVERSE = 0.3989422804014327;

const CENTRAL_NUMERATOR = [
  2.2352520354606839287, 161.02823106855587881, 1067.6894854603709582, 18154.981253343561249, 0.065682337918207449113,
];
const CENTRAL_DENOMINATOR = [47.20258190468824187, 976.09855173777669322, 10260.932208618978205, 45507.789335026729956];
const MIDDLE_NUMERATOR = [
  0.39894151208813466764, 8.8831497943883759412, 93.506656132177855979, 597.27027639480026226, 2494.5375852903726711,
  6848.1904505362823326, 11602.651437647350124, 9842.7148383839780218, 1.0765576773720192317e-8,
];
const MIDDLE_DENOMINATOR = [
  22.266688044328115691, 235.38790178262499861, 1519.377599407554805, 6485.558298266760755, 18615.571640885098091,
  34900.952721145977266, 38912.003286093271411, 19685.429676859990727,
];
const TAIL_NUMERATOR = [
  0.21589853405795699, 0.1274011611602473639, 0.022235277649800053, 0.001421619193227893466, 2.9112874951168792e-5,
  0.02307344176494017303,
];
const TAIL_DENOMINATOR = [
  1.28426009614491121, 0.468238212480865118, 0.0659881378689285515, 0.00378239633202758244, 7.29751555083966205e-5,
];

/** P(Z <= x) for a standard normal Z. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  const magnitude = Math.abs(x);
  if (magnitude <= 0.67448975) return 0.5 + x * centralRatio(magnitude > 1.11e-16 ? x * x : 0);
  const upper = density(magnitude) * (magnitude <= Math.sqrt(32) ? middleRatio(magnitude) : tailRatio(magnitude));
  return x < 0 ? upper : 1 - upper;
}

function centralRatio(square: number): number {
  let numerator = CENTRAL_NUMERATOR[4]! * square;
  let denominator = square;
  for (let i = 0; i < 3; i++) {
    numerator = (numerator + CENTRAL_NUMERATOR[i]!) * square;
    denominator = (denominator + CENTRAL_DENOMINATOR[i]!) * square;
  }
  return (numerator + CENTRAL_NUMERATOR[3]!) / (denominator + CENTRAL_DENOMINATOR[3]!);
}

function middleRatio(magnitude: number): number {
  let numerator = MIDDLE_NUMERATOR[8]! * magnitude;
  let denominator = magnitude;
  for (let i = 0; i < 7; i++) {
    numerator = (numerator + MIDDLE_NUMERATOR[i]!) * magnitude;
    denominator = (denominator + MIDDLE_DENOMINATOR[i]!) * magnitude;
  }
  return (numerator + MIDDLE_NUMERATOR[7]!) / (denominator + MIDDLE_DENOMINATOR[7]!);
}

function tailRatio(magnitude: number): number {
  const inverse = 1 / (magnitude * magnitude);
  let numerator = TAIL_NUMERATOR[5]! * inverse;
  let denominator = inverse;
  for (let i = 0; i < 4; i++) {
    numerator = (numerator + TAIL_NUMERATOR[i]!) * inverse;
    denominator = (denominator + TAIL_DENOMINATOR[i]!) * inverse;
  }
  const correction = (inverse * (numerator + TAIL_NUMERATOR[4]!)) / (denominator + TAIL_DENOMINATOR[4]!);
  return (SQRT_2PI_INVERSE - correction) / magnitude;
}

/** exp(-x^2/2), split so that the rounding of x^2 is not magnified by the exponential. */
function density(magnitude: number): number {
  const rounded = Math.trunc(magnitude * 16) / 16;
  const rest = (magnitude - rounded) * (magnitude + rounded);
  return Math.exp(-rounded * rounded * 0.5) * Math.exp(-rest * 0.5);
}

const CENTRE_P = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
  67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const CENTRE_Q = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
  28729.085735721942674, 5226.495278852545703,
];
const NEAR_P = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258,
  0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const NEAR_Q = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const FAR_P = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123, 0.026532189526576123093,
  0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const FAR_Q = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/** The x with P(Z <= x) = p; -Infinity at 0, Infinity at 1, NaN outside [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const centred = p - 0.5;
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred;
    return (centred * polynomial(CENTRE_P, r)) / polynomial(CENTRE_Q, r);
  }
  const r = Math.sqrt(-Math.log(centred < 0 ? p : 1 - p));
  const size =
    r <= 5
      ? polynomial(NEAR_P, r - 1.6) / polynomial(NEAR_Q, r - 1.6)
      : polynomial(FAR_P, r - 5) / polynomial(FAR_Q, r - 5);
  return centred < 0 ? -size : size;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + coefficients[i]!;
  return value;
}
