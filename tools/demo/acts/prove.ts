import type { ReportParity } from '../../report/index.js';
import { ENVIRONMENT, type Stage } from '../stage.js';

/** What `signalbox parity --json` answers, as far as the demo needs it. */
interface ParityAnswer {
  readonly checked: number;
  readonly unexplained: number;
  readonly classes: ReportParity['classes'];
}

/** After the acts: what pods served is recomputed offline, from the recorded arrivals. */
export async function prove(stage: Stage): Promise<ReportParity> {
  stage.terminal.sentence('Did pods serve what training sees? The features of their answers are recomputed offline:');
  const { checked, unexplained, classes } = (await stage.shell.signalbox(
    'parity',
    '--env',
    ENVIRONMENT,
  )) as ParityAnswer;
  return { checked, unexplained, classes };
}
