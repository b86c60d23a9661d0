import { SignalboxError } from '@signalbox/contracts';
import { describeVerification, openReader, verifyEnvironment } from '../../trust/index.js';
import type { CommandDefinition } from '../command.js';

export const verifyCommand: CommandDefinition = {
  name: 'verify',
  summary: 'Verify what is signed for an environment, as a pod does',
  example: 'signalbox verify --env prod',
  options: [
    { flags: '--env <name>', description: 'the environment', required: true },
    { flags: '--artifacts <folder>', description: 'the artifact store (default: what environment.yaml says)' },
    { flags: '--root <file>', description: 'the root to trust (default: releases/<env>/root.json)' },
  ],
  async run(_args, options, { repo, wallNow }) {
    const environment = String(options.env);
    const reader = await openReader(repo, environment, {
      ...(typeof options.artifacts === 'string' && { artifacts: options.artifacts }),
      ...(typeof options.root === 'string' && { root: options.root }),
    });
    const found = await verifyEnvironment(reader, wallNow());
    if (!found) {
      throw new SignalboxError('store/not-found', `nothing has been published for environment ${environment}`, {
        hint: `Merge a release, then run \`signalbox reconcile --env ${environment}\`.`,
      });
    }
    const { expired, packages, passed, published } = found;
    const manifests = Object.fromEntries(published.manifests);
    const json = { environment, passed, roles: published.verified.roles, expired, manifests, packages };
    return { text: describeVerification(found), json, exitCode: passed ? 0 : 1 };
  },
};
