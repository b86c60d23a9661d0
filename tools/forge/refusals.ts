import { SignalboxError } from '@signalbox/contracts';

/** Refusals that every forge says in the same words. */

export function nothingToMerge(head: string, base: string): SignalboxError {
  return new SignalboxError('release/refused', `the branch "${head}" has no commit that "${base}" does not have`, {
    hint: 'Commit something on the branch and push it, then open the pull request.',
  });
}

export function notOpen(number: number, state: string): SignalboxError {
  return new SignalboxError('release/refused', `pull request ${number} is ${state} already`, {
    hint: 'Open a new one from the branch.',
  });
}

export function noBranch(address: string, branch: string): SignalboxError {
  return new SignalboxError('input/unknown-reference', `the forge ${address} has no branch "${branch}"`, {
    hint: `Push it first: git push origin ${branch}`,
  });
}

export function noPullRequest(address: string, number: number): SignalboxError {
  return new SignalboxError('input/unknown-reference', `the forge ${address} has no pull request ${number}`);
}

/** What was approved and checked is `expected`; nobody looked at what the branch holds now. */
export function movedOn(branch: string, expected: string, tip: string): SignalboxError {
  return new SignalboxError('store/conflict', `the branch ${branch} was at ${expected} and is at ${tip} now`, {
    hint: 'Look at what was pushed, have it approved, and run the command again.',
    retryable: true,
  });
}
