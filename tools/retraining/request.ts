import { SignalboxError } from '@signalbox/contracts';
import { BOT, type PullRequest } from '../forge/index.js';
import { BASE_BRANCH } from '../registry/index.js';
import { gitOf, mayDecide } from '../release/index.js';
import { decideRetraining, type RetrainingDecision } from './decide.js';
import { describeReasons, headline } from './describe.js';
import { periodsMessage } from './periods-message.js';
import { setPeriods } from './set-periods.js';
import { type RetrainingQuestion, readRetrainingState } from './state.js';

export interface RetrainingRequest {
  readonly decision: RetrainingDecision;
  /** Null where the decision is to wait. */
  readonly pullRequest: PullRequest | null;
}

/**
 * Decides, and where a new version is due opens the pull request that asks for it: the model's periods move to the newest data. Whatever trains and judges
 * pull requests does the rest, so nothing is trained beside the key that opens it. Works in the forge's repository, not in the user's; cut off anywhere and run
 * again, it goes on with the same branch. Errors: `git/conflict` when somebody else has pushed to the branch, and those of `readRetrainingState`.
 */
export async function requestRetraining(question: RetrainingQuestion): Promise<RetrainingRequest> {
  const { forge, state } = await readRetrainingState(question);
  const decision = decideRetraining(state);
  if (decision.action === 'wait') return { decision, pullRequest: null };
  const { model } = question;
  const { branch, periods, triggers } = decision;
  await forge.sync();
  const main = await forge.headOf(BASE_BRANCH);
  const git = gitOf(forge.repository);
  const path = `models/${model}/model.yaml`;
  const files = new Map([[path, setPeriods((await git.readFile(main, path))!, periods)]]);
  const message = periodsMessage(model, decision);
  if (!(await git.hasBranch(branch))) await git.commitTo(branch, { parent: main, files, message });
  else if ((await git.tipWith(branch, { main, files, says: (said) => asksForSame(said, message) })) === null)
    throw pushedByOthers(branch);
  await forge.publishBranch(branch);
  const title = `${model}: a version trained on data until ${periods.evaluation.to} (${headline(triggers)})`;
  const body = describeReasons(triggers);
  return {
    decision,
    pullRequest: await forge.openPullRequest({ head: branch, base: BASE_BRANCH, title, body, author: BOT }),
  };
}

/** What asked first stands there; more may ask by now. */
const asksForSame = (said: string, message: string): boolean =>
  said.split('\n')[0] === message.split('\n')[0] && !mayDecide(said);

function pushedByOthers(branch: string): SignalboxError {
  return new SignalboxError('git/conflict', `${branch} has more than the bot's own commit`, {
    hint: `Open a pull request from it to ${BASE_BRANCH}, or delete it: git push origin --delete ${branch}`,
  });
}
