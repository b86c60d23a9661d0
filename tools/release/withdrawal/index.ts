export { closeWithdrawals } from './close-withdrawals.js';
export { markOf, planWithdrawal } from './plan-withdrawal.js';
export { type Cause, isChampionHeld, type TakenBack, takenBackOf } from './taken-back.js';
export { type WithdrawalOutcome, Withdrawals, type WithdrawalTools } from './withdrawals.js';
