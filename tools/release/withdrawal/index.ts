export { gitOf } from './git-of.js';
export {
  isWithdrawalBranch,
  markOf,
  planWithdrawal,
  type Rejected,
  rejectedOf,
  withdrawalBranch,
} from './plan-withdrawal.js';
export { type WithdrawalGit, type WithdrawalOutcome, Withdrawals, type WithdrawalTools } from './withdrawals.js';
