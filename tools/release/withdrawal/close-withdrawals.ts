import type { Forge, Identity } from '../../forge/index.js';
import { isWithdrawalBranch, withdrawalBranch } from './plan-withdrawal.js';

/**
 * Closes what was to take a version back, once a person has decided about that version: merged later, it would take back what was decided.
 */
export async function closeWithdrawals(
  by: { readonly forge: Pick<Forge, 'listPullRequests' | 'close'>; readonly author: Identity },
  about: { readonly environment: string; readonly model: string; readonly version: number },
  reason: string,
): Promise<void> {
  const branch = withdrawalBranch(about.environment, about.model, about.version);
  const open = await by.forge.listPullRequests({ state: 'open' });
  for (const { number } of open.filter(({ head }) => isWithdrawalBranch(head, branch))) {
    await by.forge.close(number, by.author, reason);
  }
}
