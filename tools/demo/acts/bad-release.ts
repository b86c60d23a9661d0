import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { count } from '../../report/index.js';
import { mergeBranch, type Proposed, proposeVersion, releaseVersion } from '../release-steps.js';
import { type Publication, readWithdrawal } from '../rollout-log.js';
import { RolloutWatch } from '../rollout-watch.js';
import { MODEL_FILE } from '../scratch.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage, type Tell } from '../stage.js';
import { versionSentence } from '../words.js';

const PARAMETERS = /parameters: \{ /;

/**
 * Act 4: a change that every gate lets through, because no row of the past lacks a distance. Some live callers do not know it, and there the version
 * has no answer. Nobody does anything: the evidence of both pods takes it back.
 */
export async function badRelease(stage: Stage, serving: Serving, tell: Tell): Promise<Proposed> {
  const { meter, shell } = stage;
  await shell.git('switch', '--quiet', '-c', 'linear-base');
  await startFromLinearModel(join(stage.scratch.work, MODEL_FILE));
  await shell.git('diff', '--unified=0', '--', MODEL_FILE);
  await shell.git('commit', '--quiet', '--all', '-m', 'Start boosting from a linear model of the flight');
  const proposed = await proposeVersion(stage, 'linear-base');
  tell(await versionSentence(stage, proposed));
  const { version } = proposed;
  const rollout = await RolloutWatch.begin(stage, version);
  const [answersBefore, failuresBefore] = [meter.total, meter.failures.length];
  await releaseVersion(stage, version, { strategy: 'direct' });
  stage.terminal.sentence(`Somebody is in a hurry: version ${version} goes straight to a share of the users.`);
  const withdrawal = `withdraw/${ENVIRONMENT}/${MODEL}-v${version}`;
  let rejection: Publication | null = null;
  let request: number | null = null;
  await serving.replay.playUntil(async () => {
    await stage.processes.assertAllRunning();
    const newest = await rollout.newest(tell);
    if (newest?.manifest.champion === version)
      throw rollout.stuck(`version ${version} became live: its rollout found nothing`);
    if (newest?.manifest.rollout.phase === 'rejected') rejection ??= newest;
    if (rejection !== null) request = await readWithdrawal(stage.rolloutLog, version);
    return request !== null;
  });
  const answers = meter.total - answersBefore;
  tell(
    `Of ${count(answers)} requests meanwhile ${count(meter.versionsSince(answersBefore)[`v${version}`] ?? 0)} were answered by version ${version}; ` +
      `${count(meter.failures.length - failuresBefore)} got no useful answer, because the champion answered where version ${version} could not.`,
  );
  await mergeBranch(stage, withdrawal);
  await takeOut(stage, 'Take the linear base out again: its version failed live');
  tell(
    `Nobody had to look: pull request ${request} takes the release back, with its evidence and a hold on the package. It is merged, and Git asks for version ${rejection!.manifest.champion} again. Only a person's "promote --re-promote" lets version ${version} try again.`,
  );
  return proposed;
}

/** The model's document as it was before the change; the record of what was tried stays. */
async function takeOut({ shell }: Stage, message: string): Promise<void> {
  const change = await shell.quietGit('log', '-1', '--no-merges', '--format=%H', '--', MODEL_FILE);
  await shell.git('checkout', '--quiet', `${change.slice(0, 12)}^`, '--', MODEL_FILE);
  await shell.git('commit', '--quiet', '-m', message);
  await shell.git('push', '--quiet', 'origin', 'main');
}

async function startFromLinearModel(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!PARAMETERS.test(text))
    throw new SignalboxError('internal/bug', `expected a line "parameters: { … }" in ${MODEL_FILE}, found none`);
  await writeFile(path, text.replace(PARAMETERS, 'parameters: { base: linear, '));
}
