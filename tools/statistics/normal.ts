/**
 * The standard normal distribution to double precision.
 * Sources: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), for the distribution;
 * M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988), for its inverse.
 */
const SQRT_2PI_INVERSE = 0.3989422804014327;

const CENTRAL_NUMERATOR = [
  2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356, 0.06568233791820745,
];
const CENTRAL_DENOMINATOR = [47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];
const MIDDLE_NUMERATOR = [
  0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002, 2494.5375852903726, 6848.190450536283,
  11602.65143764735, 9842.714838383978, 1.0765576773720192e-8,
];
const MIDDLE_DENOMINATOR = [
  22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097, 34900.95272114598,
  38912.00328609327, 19685.429676859992,
];
const TAIL_NUMERATOR = [
  0.215898534057957, 0.12740116116024736, 0.022235277649800052, 0.0014216191932278934, 2.9112874951168793e-5,
  0.023073441764940174,
];
const TAIL_DENOMINATOR = [
  1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 7.297515550839662e-5,
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
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_Q = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852546,
];
const NEAR_P = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const NEAR_Q = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_P = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const FAR_Q = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
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
