import type { Proposal } from './propose.js';

/** What became of a proposal, in one line. */
export function describeProposal(
  proposal: Pick<Proposal, 'letThrough' | 'model' | 'numberTaken' | 'package' | 'version'> & {
    readonly pullRequest: { readonly number: number };
  },
): string {
  const { letThrough, model, numberTaken, package: digest, version } = proposal;
  const request = `pull request ${proposal.pullRequest.number}`;
  if (letThrough) return `${model} version ${version} is proposed: ${request}, ${digest}`;
  if (!numberTaken) return `The gates refuse this candidate of ${model}: ${request} says why`;
  return `The version number of this branch of ${model} is another version on the main branch by now: rebase onto it and propose again (${request})`;
}
