import type { RolloutManifest } from '@signalbox/contracts';
import type { Forge, Identity } from '../../forge/index.js';
import { messageOf } from '../bots/requests.js';
import { emergencyIn, emergencyMark, isWithdrawalBranch, isWithdrawalOf, withdrawalBranch } from './plan-withdrawal.js';

interface Closing {
  readonly forge: Pick<Forge, 'listPullRequests' | 'close'>;
  readonly author: Identity;
}

/**
 * Closes what was to take a version back, once a person has decided about that version: merged later, it would take back what was decided. Never throws,
 * because that is merged by then. Null, or what is left to do.
 */
export async function closeWithdrawals(
  by: Closing,
  about: { readonly environment: string; readonly model: string; readonly version: number },
  reason: string,
): Promise<string | null> {
  const branch = withdrawalBranch(about.environment, about.model, about.version);
  try {
    const open = await by.forge.listPullRequests({ state: 'open' });
    for (const { number } of open.filter(({ head }) => isWithdrawalBranch(head, branch))) {
      await by.forge.close(number, by.author, reason);
    }
    return null;
  } catch (error) {
    return `Close any open pull request of ${branch}: merged later, it would take this back. It could not be closed (${messageOf(error)}).`;
  }
}

/**
 * Closes what is about an emergency that stands no longer, of the models that are published: a trailer, another emergency or another way to the same
 * version ended it, or a hold led it to another version, and what the request says is true no more.
 */
export async function closeEndedEmergencies(by: Closing, published: readonly RolloutManifest[]): Promise<void> {
  const open = (await by.forge.listPullRequests({ state: 'open' })).filter(({ state }) => state === 'open');
  for (const one of published) {
    const { environment, model } = one;
    const stands = standingEmergency(one);
    for (const { body, head, number } of open) {
      const about = emergencyIn(body, { environment, model });
      if (about === null || about === stands || !isWithdrawalOf(head, environment, model)) continue;
      await by.forge.close(number, by.author, endedWords(about, stands));
    }
  }
}

/** The mark of the emergency that stands, with what serves by it now; null: none does. */
export const standingEmergency = ({ champion, rollout: { emergency } }: RolloutManifest): string | null =>
  emergency && emergencyMark(emergency, champion);

const endedWords = (about: string, stands: string | null): string =>
  `${stands === null ? `The ${about} is over, and not by this: Git decides again` : `The ${stands} took the place of the ${about}`}. Merged now, this would take back what was decided since.`;
