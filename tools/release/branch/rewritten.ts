import { type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import type { MainBranch } from './main-branch.js';

/** Null, or what is wrong with a head that lost a commit which was published: the reconciler takes nothing from it. */
export async function rewrittenHead(
  branch: Pick<MainBranch, 'notInHistory'>,
  head: string,
  published: Iterable<RolloutManifest>,
): Promise<SignalboxError | null> {
  const manifests = [...published];
  const lost = new Set(
    await branch.notInHistory(
      head,
      manifests.map((manifest) => manifest.commit),
    ),
  );
  return lost.size === 0 ? null : notADescendant(head, manifests, lost);
}

export function notADescendant(
  head: string,
  manifests: readonly RolloutManifest[],
  lost: ReadonlySet<string>,
): SignalboxError {
  const published = manifests.filter((manifest) => lost.has(manifest.commit));
  const what = published.map((one) => `${one.commit} (published for ${one.model})`).join(', ');
  return new SignalboxError(
    'git/not-a-descendant',
    `the head ${head} does not contain ${what}: the branch was rewritten`,
    {
      hint: 'Pods serve on with what is published. Restore the branch, or merge the lost commit into it; to go back meanwhile: `signalbox emergency` (docs/rollback.md). A shallow clone needs its whole history (git fetch --unshallow).',
    },
  );
}
