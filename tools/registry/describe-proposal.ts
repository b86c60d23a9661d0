import type { Proposal } from './propose.js';

type Told = Pick<Proposal, 'letThrough' | 'model' | 'numberTaken' | 'obstacles' | 'package' | 'version'>;

/** What became of a proposal, in one line. */
export function describeProposal(
  proposal: Told & { readonly pullRequest: Pick<Proposal['pullRequest'], 'number'> },
): string {
  const { letThrough, model, numberTaken, obstacles, package: digest, version } = proposal;
  const request = `pull request ${proposal.pullRequest.number}`;
  if (letThrough) return `${model} version ${version} is proposed: ${request}, ${digest}`;
  if (numberTaken) {
    return `The version number of this branch of ${model} is another version on the main branch by now: rebase onto it and propose again (${request})`;
  }
  if (obstacles.every(({ kind }) => kind === 'refused')) {
    return `The gates refuse this candidate of ${model}: ${request} says why`;
  }
  return `${model} is not proposed as a version (${request}). ${obstacles.map(({ sentence }) => sentence).join(' ')}`;
}
