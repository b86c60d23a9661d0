import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import { GitRepository } from '../../forge/index.js';
import type { Program } from './callers.js';

const INSTALLATION = fileURLToPath(new URL('../../../../', import.meta.url));
const HINT =
  'Name Signalbox’s repository and the full id of a commit: --program signalbox/signalbox@<40 hexadecimal digits>';

/** `owner/name@commit` as a person gives it. Errors: `input/bad-argument`, also for a branch or a tag, which can be moved. */
export function parseProgram(text: string): Program {
  const found = /^(?<repository>[\w.-]+\/[\w.-]+)@(?<commit>[0-9a-f]{40})$/.exec(text)?.groups;
  if (found) return { repository: found.repository!, commit: found.commit! };
  throw new SignalboxError('input/bad-argument', `expected owner/name@<full commit id>, got "${text}"`, { hint: HINT });
}

/** The commit of this very installation, where it is a clone from GitHub. Errors: `input/bad-argument`. */
export async function installedProgram(repositoryOf: (remote: string) => string | null): Promise<Program> {
  const git = await GitRepository.open(INSTALLATION).catch(() => null);
  const remote = (await git?.remoteUrl()) ?? null;
  const repository = remote === null ? null : repositoryOf(remote);
  if (git !== null && repository !== null) return { repository, commit: await git.requireCommit('HEAD') };
  throw new SignalboxError(
    'input/bad-argument',
    'this Signalbox is no clone from GitHub, so it does not know its own commit there',
    {
      hint: HINT,
    },
  );
}
