/** Counts answers as they come. Pure bookkeeping: the clocks are the caller's. */

export interface Answer {
  readonly wallMs: number;
  readonly eventUs: number;
  readonly latencyMs: number;
  readonly pod: string;
  /** Null when no useful answer came. */
  readonly version: number | null;
  readonly degraded: string | null;
  /** Why no useful answer came. */
  readonly failure: string | null;
}

const EVENT_BIN_US = 15 * 60 * 1e6;

export class Meter {
  readonly #answers: Answer[] = [];

  add(answer: Answer): void {
    this.#answers.push(answer);
  }

  get total(): number {
    return this.#answers.length;
  }

  get failures(): readonly Answer[] {
    return this.#answers.filter((answer) => answer.failure !== null);
  }

  /** Degraded answers by reason. */
  get degraded(): Readonly<Record<string, number>> {
    return countBy(this.#answers, (answer) => answer.degraded);
  }

  /** Answers by version since the `from`-th one. */
  versionsSince(from: number): Readonly<Record<string, number>> {
    return countBy(this.#answers.slice(from), (answer) => (answer.version === null ? null : `v${answer.version}`));
  }

  latencyMs(quantile: number): number {
    const sorted = Float64Array.from(this.#answers, (answer) => answer.latencyMs).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0;
  }

  /** The last moment at which a version answered on any pod; null when it never did. */
  lastAnswerBy(version: number): number | null {
    return this.#answers.reduce<number | null>(
      (last, answer) => (answer.version === version ? Math.max(last ?? 0, answer.wallMs) : last),
      null,
    );
  }

  /** How far the replay was: the event time of the newest answer by then, or of the first. */
  eventTimeAt(wallMs: number): number {
    return (this.#answers.findLast((answer) => answer.wallMs <= wallMs) ?? this.#answers[0])?.eventUs ?? 0;
  }

  /** Answers by version and slice of event time up to an end, for the plot of the split. */
  trafficBins(endUs: number): { eventUs: number; version: string; answers: number }[] {
    const bins = new Map<string, { eventUs: number; version: string; answers: number }>();
    for (const { eventUs, version } of this.#answers) {
      if (eventUs >= endUs) continue;
      const start = Math.floor(eventUs / EVENT_BIN_US) * EVENT_BIN_US;
      const name = version === null ? 'none' : `v${version}`;
      const bin = bins.get(`${start} ${name}`) ?? { eventUs: start, version: name, answers: 0 };
      bins.set(`${start} ${name}`, { ...bin, answers: bin.answers + 1 });
    }
    return [...bins.values()].sort((a, b) => a.eventUs - b.eventUs);
  }

  /** Who answered when, in seconds around a wall time. */
  around(wallMs: number, seconds: { readonly before: number; readonly after: number }) {
    return this.#answers
      .map((answer) => ({ atSeconds: (answer.wallMs - wallMs) / 1000, version: answer.version }))
      .filter(({ atSeconds }) => atSeconds >= -seconds.before && atSeconds <= seconds.after)
      .map(({ atSeconds, version }) => ({ atSeconds, version: version === null ? 'none' : `v${version}` }));
  }
}

function countBy<T>(items: readonly T[], key: (item: T) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const name = key(item);
    if (name !== null) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
