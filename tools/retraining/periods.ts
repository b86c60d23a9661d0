import { formatInstant, type Model, parseDurationUs } from '@signalbox/contracts';

export type Periods = Readonly<Record<'training' | 'evaluation', Model['training']['period']>>;

/** The newest data, as the policy divides it: the newest part judges, the part before it is trained on. */
export function periodsUntil(
  { trainingWindow, evaluationWindow }: Pick<Model['retraining'], 'trainingWindow' | 'evaluationWindow'>,
  untilUs: number,
): Periods {
  const evaluationUs = untilUs - parseDurationUs(evaluationWindow);
  const trainingUs = evaluationUs - parseDurationUs(trainingWindow);
  return {
    training: { from: instant(trainingUs), to: instant(evaluationUs) },
    evaluation: { from: instant(evaluationUs), to: instant(untilUs) },
  };
}

/** A midnight as a date, as people write it. */
function instant(us: number): string {
  return formatInstant(us).replace('T00:00:00Z', '');
}
