export { isWithdrawalBranch, markOf, planWithdrawal, withdrawalBranch } from './plan-withdrawal.js';
export { type Cause, type TakenBack, takenBackOf } from './taken-back.js';
export { type WithdrawalOutcome, Withdrawals, type WithdrawalTools } from './withdrawals.js';
