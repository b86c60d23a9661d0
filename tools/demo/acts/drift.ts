import type { Verdict } from '@signalbox/contracts';
import { SignalboxError } from '@signalbox/contracts';
import type { MonitorReport } from '../../monitoring/index.js';
import type { Proposed } from '../release-steps.js';
import { ENVIRONMENT, MODEL, type Stage, type Tell } from '../stage.js';

/** The newest whole weeks that there are. */
const JUNE = ['--from', '2001-06-01', '--to', '2001-07-01'] as const;
/** How many signals are told one by one. */
const TOLD = 3;

export interface Drift {
  readonly report: MonitorReport;
  readonly live: { readonly version: number };
  readonly drifted: MonitorReport['signals'];
  /** What it led to, in a sentence. */
  readonly followedBy: string;
}

interface RetrainAnswer {
  readonly decision: { readonly triggers: readonly { readonly sentence: string }[] };
  readonly proposal: Proposed | null;
}

/** Act 7: the live version meets a June that is not like the winter it was trained on, and a new version is asked for. */
export async function drift(stage: Stage, tell: Tell): Promise<Drift> {
  const { shell } = stage;
  const { reports } = (await shell.refused('monitor', '--env', ENVIRONMENT, ...JUNE)) as {
    readonly reports: readonly MonitorReport[];
  };
  const report = reports[0]!;
  const drifted = report.signals.filter(({ verdict }) => verdict.verdict === 'fail').sort(byEffect);
  for (const { name, verdict } of drifted.slice(0, TOLD)) tell(`${name}: ${verdict.sentence}`);
  const { proposal } = (await shell.signalbox('retrain', 'propose', MODEL, '--env', ENVIRONMENT)) as RetrainAnswer;
  if (proposal === null)
    throw new SignalboxError('demo/stopped', 'drift was found, but nothing asked for a new version', {
      hint: 'signalbox retrain decide says what it waits for.',
    });
  const followedBy = retrainedSentence(proposal);
  tell(followedBy);
  return { report, live: report.live!, drifted, followedBy };
}

function byEffect(a: { readonly verdict: Verdict }, b: { readonly verdict: Verdict }): number {
  return (b.verdict.value ?? 0) - (a.verdict.value ?? 0);
}

function retrainedSentence({ pullRequest, verdicts, version }: Proposed): string {
  const compared = verdicts.find(({ id }) => id === 'champion/auc');
  return `Pull request ${pullRequest.number} was opened for it, with version ${version}, trained on newer flights and gated like anybody's. ${compared?.sentence ?? ''}`.trim();
}
