import {
  type BlockingGates,
  blockingGates,
  digestOfGates,
  type RolloutManifest,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import { newBeside } from './beside.js';
import { standing, unlessUnknown, type Wait } from './wanted.js';

/**
 * A verdict holds for what it was made against: the package that is live, and the gates that the policy makes block. What was live here before was judged then, so going back asks
 * for no gate, and nor does a person who promotes a rejected package again; the first version meets nothing that it should have been compared with; and
 * a rollout that has begun is judged by live evidence from there on. Arms and the versions of segments answer users as well, so the same is asked of them.
 */
export const lapsedVerdict: Wait = (wanted) => {
  const { background, record } = wanted;
  const isJudged = standing(wanted) !== 'new' || background.wasLive;
  const against = { ...wanted, workspace: wanted.head.workspace };
  const own = isJudged || background.repromoted.has(record.package.digest) ? [] : lapsesAgainstLive(record, against);
  const others = [...newBeside(wanted)].filter(([version]) => !background.besideRanBefore.has(version));
  const all = [
    ...own,
    ...others.flatMap(([version, other]) =>
      lapsesAgainstLive(other, against).map((lapse) => `version ${version}, which the release names too: ${lapse}`),
    ),
  ];
  return all.map((why) => `${why}${unlessUnknown(background)}`);
};

/** Its record is never changed, and training without a change makes the same package. */
const NEW_VERSION = 'propose a new version, with another training.seed or newer data';

export interface Against {
  readonly environment: string;
  readonly model: string;
  readonly workspace: Workspace;
}

/** Why a verdict holds no more in an environment where the model is published. `published`: by model. */
export function lapsesAgainstLive(
  record: VersionRecord,
  { published, ...against }: Against & { readonly published: ReadonlyMap<string, RolloutManifest> },
): readonly string[] {
  const { champion, packages } = published.get(against.model)!;
  const { digest } = packages.find(({ version }) => version === champion)!;
  return lapsesAgainst(record, { ...against, digest, said: `version ${champion} is live in ${against.environment}` });
}

/** Why a verdict holds no more where this package is, or would be, what it had to be compared with. `said`: what it is there, as a sentence. */
export function lapsesAgainst(
  record: VersionRecord,
  { digest, environment, model, said, workspace }: Against & { readonly digest: string | null; readonly said: string },
): readonly string[] {
  const lapsed: string[] = [];
  if (record.boundTo.champion !== digest) {
    const other = nameOf(record.boundTo.champion, workspace.versions.get(model) ?? new Map());
    lapsed.push(`its gates compared it with ${other}, but ${said}: ${NEW_VERSION}`);
  }
  if (blocksByOthers(record, { environment, model, workspace })) {
    lapsed.push(`the policy makes other gates block than when it was gated: ${NEW_VERSION}`);
  }
  return lapsed;
}

/** Whether the policy makes other gates block for the model than when the version was gated. */
export function blocksByOthers(record: VersionRecord, { environment, model, workspace }: Against): boolean {
  const policy = workspace.policies.get(workspace.environments.get(environment)?.environment.policy ?? '');
  const card = workspace.models.get(model);
  return policy !== undefined && card !== undefined && record.boundTo.policy !== digestOf(blockingGates(policy, card));
}

function nameOf(
  digest: string | null,
  records: ReadonlyMap<number, { readonly package: { readonly digest: string } }>,
) {
  if (digest === null) return 'no champion';
  const found = [...records].find(([, one]) => one.package.digest === digest);
  return found ? `version ${found[0]}` : digest;
}

const digests = new WeakMap<NonNullable<BlockingGates>, string>();

/** Documents are never changed, and a thousand models ask for the same one. */
function digestOf(gates: BlockingGates): string {
  if (gates === null) return digestOfGates(gates);
  const digest = digests.get(gates) ?? digestOfGates(gates);
  digests.set(gates, digest);
  return digest;
}
