import { count, type ReportParity } from '../../report/index.js';
import { ENVIRONMENT, type Serving, type Stage, type Tell } from '../stage.js';
import { runOn } from './run-on.js';

/** What `signalbox parity --json` answers, as far as the demo needs it. */
interface ParityAnswer {
  readonly checked: number;
  readonly unexplained: number;
  readonly classes: ReportParity['classes'];
}

/** Act 6: what pods served is recomputed offline, from the recorded arrivals; then the rest of the flights run by. */
export async function prove(stage: Stage, serving: Serving, tell: Tell): Promise<ReportParity> {
  const answer = (await stage.shell.signalbox('parity', '--env', ENVIRONMENT, '--limit', '2500')) as ParityAnswer;
  const { checked, unexplained, classes } = answer;
  const fresh = classes.find(({ name }) => name === 'freshness')?.count ?? 0;
  tell(
    `The features of ${count(checked)} answers were recomputed offline: ${unexplained === 0 ? 'every difference is explained' : `${count(unexplained)} values are unexplained`}; ` +
      `${count(fresh)} answers were right as of what the online store had read, a moment behind a replay that runs hours in seconds.`,
  );
  await runOn(stage, serving, tell);
  return { checked, unexplained, classes };
}
