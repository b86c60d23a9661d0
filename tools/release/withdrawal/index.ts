export { gitOf } from './git-of.js';
export { markOf, planWithdrawal, type Rejected, rejectedOf } from './plan-withdrawal.js';
export { type WithdrawalGit, type WithdrawalOutcome, Withdrawals, type WithdrawalTools } from './withdrawals.js';
