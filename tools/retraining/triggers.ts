import { formatInstant, type Model, parseDurationUs, parseInstantUs, type Verdict } from '@signalbox/contracts';

/** What asks for a new version, with the reason in words. A trigger only asks: whether there is a request is decided from the whole state. */
export interface Trigger {
  readonly by: 'drift' | 'quality' | 'schedule' | 'person';
  readonly sentence: string;
}

export interface TriggerEvidence {
  /** Of a look at the live version now. */
  readonly verdicts: readonly Verdict[];
  /** Where the data ends that the live version was trained on. */
  readonly trainedUntil: string;
  readonly nowUs: number;
  /** What a person said, if one asked. */
  readonly because: string | null;
}

type Rules = Pick<Model['retraining'], 'every' | 'on'>;

/** Those that ask now, of what the model declares; a person always may. */
export function askingTriggers(rules: Rules, found: TriggerEvidence): readonly Trigger[] {
  const declared = rules.on.flatMap((by) => triggersOf(by, rules, found));
  return found.because === null ? declared : [{ by: 'person', sentence: found.because }, ...declared];
}

function triggersOf(by: Rules['on'][number], { every }: Rules, found: TriggerEvidence): readonly Trigger[] {
  switch (by) {
    case 'drift':
    case 'quality':
      return failing(found.verdicts, by);
    case 'schedule':
      return overdue(found, every);
  }
}

/** Only what is shown asks: too little evidence is a reason to wait, not to train. */
function failing(verdicts: readonly Verdict[], by: 'drift' | 'quality'): readonly Trigger[] {
  return verdicts
    .filter(({ id, verdict }) => verdict === 'fail' && id.startsWith(`${by}/`))
    .map(({ id, sentence }) => ({ by, sentence: `${id}: ${sentence}` }));
}

function overdue({ nowUs, trainedUntil }: TriggerEvidence, every: string): readonly Trigger[] {
  if (nowUs - parseInstantUs(trainedUntil) < parseDurationUs(every)) return [];
  const sentence = `The live version was trained on data until ${trainedUntil}; at ${formatInstant(nowUs)} that is more than ${every} ago.`;
  return [{ by: 'schedule', sentence }];
}
