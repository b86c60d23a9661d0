/**
 * What a window feature is, said as slowly and plainly as possible: for each request look at every event. Shares no code with the rest of the
 * repository on purpose, so that it cannot share its mistakes. Times are microseconds; hops by BigInt, which cannot round.
 */
export interface OracleEvent {
  readonly key: readonly (string | number | null)[];
  readonly eventTs: number;
  readonly arrivalTs: number;
  readonly row: { readonly v: number | null; readonly d: number | null };
}

export interface OracleFeature {
  readonly name: string;
  readonly how: 'count' | 'sum' | 'mean' | 'min' | 'max' | 'share';
  /** What the event gives; null is ignored. */
  readonly input: (row: OracleEvent['row']) => number | null;
  readonly windowUs: number;
  /** 0: the window is exact. */
  readonly hopUs: number;
}

export interface OracleView {
  readonly delayUs: number;
  readonly allowedLatenessUs: number;
  readonly futureSkewUs: number;
  readonly features: readonly OracleFeature[];
}

export interface OracleRequest {
  readonly key: readonly (string | number | null)[];
  readonly atUs: number;
}

/** One row a request, one value a feature; null is NULL. */
export function oracleWindows(
  view: OracleView,
  events: readonly OracleEvent[],
  requests: readonly OracleRequest[],
): (number | null)[][] {
  return requests.map((request) =>
    view.features.map((feature) => {
      const end = request.atUs - view.delayUs;
      let start = end - feature.windowUs;
      if (feature.hopUs > 0) start = floorTo(start, feature.hopUs);
      const inputs: number[] = [];
      for (const event of events) {
        const lateness = event.arrivalTs - event.eventTs;
        if (lateness > view.allowedLatenessUs) continue;
        if (lateness < -view.futureSkewUs) continue;
        if (event.arrivalTs > request.atUs) continue;
        if (event.eventTs >= end) continue;
        if (event.eventTs < start) continue;
        if (!sameKey(event.key, request.key)) continue;
        const input = feature.input(event.row);
        if (input !== null) inputs.push(input);
      }
      return aggregate(feature.how, inputs);
    }),
  );
}

function sameKey(a: OracleEvent['key'], b: OracleRequest['key']): boolean {
  return a.every((part, index) => part !== null && part === b[index]);
}

function floorTo(time: number, hop: number): number {
  const [t, h] = [BigInt(time), BigInt(hop)];
  let quotient = t / h;
  if (quotient * h > t) quotient -= 1n;
  return Number(quotient * h);
}

function aggregate(how: OracleFeature['how'], inputs: readonly number[]): number | null {
  if (how === 'count') return inputs.length;
  if (inputs.length === 0) return null;
  let sum = 0;
  let smallest = inputs[0]!;
  let largest = inputs[0]!;
  for (const input of inputs) {
    sum += input;
    if (input < smallest) smallest = input;
    if (input > largest) largest = input;
  }
  if (how === 'sum') return sum;
  if (how === 'min') return smallest;
  if (how === 'max') return largest;
  return sum / inputs.length;
}
