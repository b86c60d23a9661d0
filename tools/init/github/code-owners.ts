import { SignalboxError } from '@signalbox/contracts';
import { MANAGED } from './callers.js';

/** Whole folders: what is added there tomorrow, an environment or a metric whose program runs beside the keys, is owned before anybody runs this again. */
const PATHS = ['/releases/', '/.github/'];
const OWNER = /^(@[\w.-]+(\/[\w.-]+)?|[^@\s]+@[^@\s]+)$/;

/** Whose repository it is; null for what nobody could ask. */
export interface Holder {
  readonly login: string;
  readonly isOrganisation: boolean | null;
}

/**
 * What decides what may run is reviewed by the people who answer for it: everything under releases (policies, strategies, metrics, keys, what each environment
 * runs), the workflows, and this file. `owners` is what GitHub takes there, as `ownersFor` says it. Pure.
 */
export function codeOwners(owners: string): string {
  return `${[MANAGED, ...PATHS.map((path) => `${path} ${owners}`)].join('\n')}\n`;
}

/**
 * Who is named in CODEOWNERS: the given people and teams, or the person whose repository it is. Pure. Errors: `input/bad-argument`, also for an organisation, which
 * GitHub takes for nobody.
 */
export function ownersFor(named: string | undefined, { isOrganisation, login }: Holder): string {
  const owners = (named ?? `@${login}`).split(/\s+/).filter((word) => word !== '');
  const wrong = owners.find((owner) => !OWNER.test(owner));
  if (wrong !== undefined || owners.length === 0) {
    throw new SignalboxError('input/bad-argument', `expected an owner as GitHub names them, got "${wrong ?? named}"`, {
      hint: 'Name a person or a team: --owner @name, or --owner @organisation/team',
    });
  }
  if (isOrganisation !== true || !owners.some((owner) => owner.toLowerCase() === `@${login}`.toLowerCase())) {
    return owners.join(' ');
  }
  throw new SignalboxError(
    'input/bad-argument',
    `${login} is an organisation, and CODEOWNERS takes people and teams: GitHub would ask nobody`,
    {
      hint: `Name the team that answers for policies, keys and workflows: --owner @${login}/<team>. It must be visible, and may write to the repository.`,
    },
  );
}
