import { canonicalJson, type RolloutManifest } from '@signalbox/contracts';
import { packageTarget, TRUST_LIMITS } from '@signalbox/serving/trust';
import type { Decided } from './decisions.js';

/** What the `targets` role says beside its packages: keys, delegations, signatures. */
const TARGETS_RESERVE_BYTES = 65_536;

type Limits =
  | Pick<typeof TRUST_LIMITS, 'models' | 'targetsBytes'>
  | Readonly<Record<'models' | 'targetsBytes', number>>;
type Published = ReadonlyMap<string, RolloutManifest>;

/**
 * Without what would make the models of an environment more, all together, than pods take: they take all or none, so one model more would stop every other,
 * and every revert. What is published stays and may go back; what needs more room waits, new models last, each in the order of its name.
 */
export function withinTotals(
  decided: readonly Decided[],
  published: Published,
  limits: Limits = TRUST_LIMITS,
): readonly Decided[] {
  if (decided.every(({ decision }) => decision.manifest === null)) return decided;
  const left = new Map<string, string>();
  let { bytes, models } = { bytes: sum([...published.values()].map(packageBytes)), models: published.size };
  for (const { growth, isNew, model } of changesOf(decided, published)) {
    const problem = whyNot({ growth, isNew }, { bytes, models }, limits);
    if (problem !== null) left.set(model, problem);
    else [bytes, models] = [bytes + growth, models + (isNew ? 1 : 0)];
  }
  return decided.map((one) => {
    const problem = left.get(one.model);
    return problem === undefined ? one : leftOut(one, problem);
  });
}

interface Change {
  readonly model: string;
  readonly isNew: boolean;
  /** In bytes of the list of packages. */
  readonly growth: number;
}

/** Those first that give room back. */
function changesOf(decided: readonly Decided[], published: Published): readonly Change[] {
  const changes = decided.flatMap(({ decision, model }): Change[] => {
    if (decision.manifest === null) return [];
    const current = published.get(model);
    const growth = packageBytes(decision.manifest) - (current === undefined ? 0 : packageBytes(current));
    return [{ model, growth, isNew: current === undefined }];
  });
  const rank = ({ growth, isNew }: Change): number => (isNew ? 2 : growth > 0 ? 1 : 0);
  return changes.sort((a, b) => rank(a) - rank(b) || (a.model < b.model ? -1 : 1));
}

function whyNot(
  { growth, isNew }: Pick<Change, 'growth' | 'isNew'>,
  taken: { readonly bytes: number; readonly models: number },
  limits: Limits,
): string | null {
  if (isNew && taken.models >= limits.models) {
    return `pods take at most ${limits.models} models of one environment, and so many are published: release it in another environment`;
  }
  if (growth <= 0 || taken.bytes + growth <= limits.targetsBytes - TARGETS_RESERVE_BYTES) return null;
  return `pods take at most ${limits.targetsBytes} bytes of packages of one environment, and the models that are published need them: release it in another environment`;
}

function leftOut({ decision, model }: Decided, problem: string): Decided {
  return { model, decision: { ...decision, manifest: null, reasons: [`waits, because ${problem}`] } };
}

/** As the `targets` role lists them. */
function packageBytes({ model, packages }: RolloutManifest): number {
  const entries = packages.map(({ digest, sizeBytes }) => [
    packageTarget(model, digest),
    { length: sizeBytes, hashes: { sha256: digest.slice('sha256:'.length) } },
  ]);
  return canonicalJson(Object.fromEntries(entries)).length;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
