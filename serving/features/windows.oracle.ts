/**
 * What window features are, told without tiles: for each feature, look at every event. Imports nothing of ours, on purpose.
 * Quadratic and obviously correct.
 */
export interface OracleEvent {
  readonly partition: number;
  readonly offset: number;
  readonly eventTs: number;
  readonly arrivalTs: number;
  readonly key: string;
  readonly value: number | null;
}

export interface OracleQuestion {
  readonly key: string;
  readonly atUs: number;
  readonly delayUs: number;
  readonly allowedLatenessUs: number;
  readonly futureSkewUs: number;
  /** Events at or past these offsets were not applied. */
  readonly applied: Readonly<Record<number, number>>;
}

export interface OracleAnswer {
  readonly count: number;
  readonly sum: number | null;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly negative: number | null;
}

export function oracleWindow(
  events: readonly OracleEvent[],
  question: OracleQuestion,
  window: { readonly windowUs: number; readonly hopUs: number },
): OracleAnswer {
  const end = question.atUs - question.delayUs;
  const begin = Math.floor((end - window.windowUs) / window.hopUs) * window.hopUs;
  const inside = events.filter((event) => {
    const lateness = event.arrivalTs - event.eventTs;
    const accepted = lateness <= question.allowedLatenessUs && lateness >= -question.futureSkewUs;
    const applied = event.offset < (question.applied[event.partition] ?? 0);
    return accepted && applied && event.key === question.key && event.eventTs >= begin && event.eventTs < end;
  });
  const values = inside.map((event) => event.value).filter((value) => value !== null);
  const none = values.length === 0;
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    count: inside.length,
    sum: none ? null : sum,
    mean: none ? null : sum / values.length,
    min: none ? null : Math.min(...values),
    max: none ? null : Math.max(...values),
    negative: none ? null : values.filter((value) => value < 0).length / values.length,
  };
}
