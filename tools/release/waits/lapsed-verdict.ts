import { digestJson, type Policy, type VersionRecord } from '@signalbox/contracts';
import { newBeside } from './beside.js';
import { standing, type Wait, type Wanted } from './wanted.js';

/**
 * A verdict holds for what it was made against: the package that is live, and the policy. What has run here before was judged then, so going back asks
 * for no gate, and nor does a person who promotes a rejected package again; the first version meets nothing that it should have been compared with; and
 * a rollout that has begun is judged by live evidence from there on. Arms and the versions of segments answer users as well, so the same is asked of them.
 */
export const lapsedVerdict: Wait = (wanted) => {
  const { background, record } = wanted;
  const isJudged = standing(wanted) !== 'new' || background.askedBefore;
  const own = isJudged || background.repromoted.has(record.package.digest) ? [] : lapsesOf(record, wanted);
  const others = [...newBeside(wanted)].filter(([version]) => !background.besideRanBefore.has(version));
  return [
    ...own,
    ...others.flatMap(([version, other]) =>
      lapsesOf(other, wanted).map((lapse) => `version ${version}, which the release names too: ${lapse}`),
    ),
  ];
};

function lapsesOf(record: VersionRecord, { environment, head, model, published, settings }: Wanted): readonly string[] {
  const { champion, packages } = published.get(model)!;
  const live = packages.find(({ version }) => version === champion)!.digest;
  const lapsed: string[] = [];
  if (record.boundTo.champion !== live) {
    const against = nameOf(record.boundTo.champion, head.workspace.versions.get(model) ?? new Map());
    lapsed.push(
      `its gates compared it with ${against}, but version ${champion} is live in ${environment}: gate it again`,
    );
  }
  const policy = head.workspace.policies.get(settings.environment.policy);
  if (policy && record.boundTo.policy !== digestOf(policy)) {
    lapsed.push('the policy changed since it was gated: gate it again');
  }
  return lapsed;
}

function nameOf(
  digest: string | null,
  records: ReadonlyMap<number, { readonly package: { readonly digest: string } }>,
) {
  if (digest === null) return 'no champion';
  const found = [...records].find(([, one]) => one.package.digest === digest);
  return found ? `version ${found[0]}` : digest;
}

const digests = new WeakMap<Policy, string>();

/** Documents are never changed, and a thousand models ask for the same one. */
function digestOf(policy: Policy): string {
  const digest = digests.get(policy) ?? digestJson(policy);
  digests.set(policy, digest);
  return digest;
}
