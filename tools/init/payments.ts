/**
 * A small data set with a time column, made up so that a new repository works at once: card payments, some of which are disputed later.
 * Its truth: some merchants are disputed more often than others, large amounts more than small ones. Nobody knows of a dispute before
 * it is reported days later (`known_at`), so a feature that ignores this would look better than it is.
 */
const MERCHANTS = 60;
const CUSTOMERS = 500;
const PAYMENTS_A_DAY = 90;
const DAY_MS = 86_400_000;

export interface PaymentsOptions {
  /** Midnight of the first day, epoch milliseconds UTC. */
  readonly startMs: number;
  readonly days: number;
  readonly seed: number;
}

/** CSV text, sorted by time; the same options make the same text. */
export function generatePayments({ startMs, days, seed }: PaymentsOptions): string {
  const random = mulberry32(seed);
  const risk = Array.from({ length: MERCHANTS }, () => random() ** 3 * 3);
  const lines = ['paid_at,merchant,customer,amount,disputed,known_at'];
  for (let day = 0; day < days; day++) {
    const times = Array.from({ length: PAYMENTS_A_DAY }, () => secondOfDay(random)).sort((a, b) => a - b);
    for (const second of times) lines.push(payment(startMs + day * DAY_MS + second * 1000, risk, random));
  }
  return `${lines.join('\n')}\n`;
}

function payment(paidAtMs: number, risk: readonly number[], random: () => number): string {
  const merchant = Math.floor(random() * MERCHANTS);
  const customer = Math.floor(random() * CUSTOMERS);
  const amount = Math.exp(2 + 3 * random());
  const logOdds = -4.2 + 1.4 * risk[merchant]! + 0.012 * amount;
  const disputed = random() < 1 / (1 + Math.exp(-logOdds));
  const knownAtMs = paidAtMs + (12 + 84 * random()) * 3_600_000;
  return [
    stamp(paidAtMs),
    `m${String(merchant).padStart(2, '0')}`,
    `c${String(customer).padStart(3, '0')}`,
    amount.toFixed(2),
    disputed,
    stamp(knownAtMs),
  ].join(',');
}

/** More by day than by night. */
function secondOfDay(random: () => number): number {
  return Math.floor(((random() + random() + random()) / 3) * 86_400);
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** Tommy Ettinger's mulberry32: 32 bits of state, good enough for made-up data, the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
