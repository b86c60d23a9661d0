import { formatInstant, type Hold, SignalboxError, US_PER_MS } from '@signalbox/contracts';
import { stringify } from 'yaml';
import { holdPath } from '../desired/desired.js';
import { openSession, proposeRelease, type ReleaseChangeResult } from './release-session.js';

export interface HoldOptions {
  readonly repo: string;
  readonly model: string;
  readonly environment: string;
  readonly version: number;
  readonly reason: string;
  readonly merge: boolean;
  readonly wallNow: () => number;
}

/**
 * Proposes that a version gets no traffic in an environment, however it came there. Stopping asks for no approval; `promote
 * --re-promote` lifts it. Errors: `input/unknown-reference`, `release/refused` when it is held already, those of `openSession`.
 */
export async function hold(options: HoldOptions): Promise<ReleaseChangeResult> {
  const { environment, model, reason, version } = options;
  const session = await openSession(options.repo, { wallNow: options.wallNow });
  const { workspace } = session.main;
  const digest = workspace.versions.get(model)?.get(version)?.package.digest;
  const settings = workspace.environments.get(environment);
  if (!digest || !settings) {
    const what = settings ? `version ${version} of "${model}"` : `environment "${environment}"`;
    throw new SignalboxError('input/unknown-reference', `the main branch has no ${what}`);
  }
  const held = settings.holds.get(digest);
  if (held)
    throw new SignalboxError('release/refused', `version ${version} is held already by ${held.by}: ${held.reason}`);
  const document: Hold = {
    model,
    reason,
    since: formatInstant(Math.floor(options.wallNow() / 1000) * 1000 * US_PER_MS),
    by: session.author.name,
  };
  const title = `Hold ${model} version ${version} in ${environment}`;
  return proposeRelease(session, {
    branch: `hold/${environment}/${model}-v${version}`,
    title,
    message: `${title}\n\n${reason}`,
    files: new Map([[holdPath(environment, digest), stringify(document)]]),
    mustBeValid: true,
    merge: options.merge,
    approvals: 0,
    ungated: 'It takes traffic from a version and gives none to any that has not served.',
  });
}
