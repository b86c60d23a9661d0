import { BOT, branchTip, commitFiles, createBranch, runPlumbingLine } from '../../forge/index.js';
import { releaseHistory } from '../release-history.js';
import type { WithdrawalGit } from './withdrawals.js';

/** The repository that has the main branch, bare or not: no work tree is read or written. */
export function gitOf(repository: string): WithdrawalGit {
  return {
    releaseHistory: (head, path) => releaseHistory(repository, head, path),
    async tipMessage(branch) {
      const tip = await branchTip(repository, branch);
      return tip && runPlumbingLine(repository, ['log', '--max-count=1', '--format=%B', tip]);
    },
    async commitTo(branch, { files, message, parent }) {
      const made = await commitFiles(repository, { parent, files, message, author: BOT });
      await createBranch(repository, branch, made);
    },
  };
}
