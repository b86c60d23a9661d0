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

/** What is published of a model, and whether a hold names what serves. */
export interface PublishedState {
  readonly manifest: RolloutManifest;
  readonly isHeld: boolean;
}

/**
 * Closes what is about an emergency that stands no longer, of the models that are published: a trailer, another emergency or another way to the same
 * version ended it, or a hold led it to another version or names the one that serves, and what the request says is true no more.
 */
export async function closeEndedEmergencies(by: Closing, published: readonly PublishedState[]): Promise<void> {
  const open = (await by.forge.listPullRequests({ state: 'open' })).filter(({ state }) => state === 'open');
  for (const one of published) {
    const { environment, model } = one.manifest;
    for (const { body, head, number } of open) {
      const about = emergencyIn(body, { environment, model });
      if (about === null || about === standingEmergency(one) || !isWithdrawalOf(head, environment, model)) continue;
      await by.forge.close(number, by.author, endedWords(about, one));
    }
  }
}

/** The mark of the emergency that asks to be taken up by Git, with what serves by it now; null: none does. */
export function standingEmergency({ isHeld, manifest: { champion, rollout } }: PublishedState): string | null {
  return rollout.emergency === null || isHeld ? null : emergencyMark(rollout.emergency, champion);
}

function endedWords(about: string, state: PublishedState): string {
  const { champion, rollout } = state.manifest;
  const stands = standingEmergency(state);
  const replaced = `The ${stands} took the place of the ${about}`;
  const ended =
    rollout.emergency === null
      ? `The ${about} is over, and not by this: Git decides again`
      : `Version ${champion} is held`;
  return `${stands === null ? ended : replaced}. Merged now, this would take back what was decided since.`;
}
