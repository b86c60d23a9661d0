import { SignalboxError, type VersionRecord } from '@signalbox/contracts';

export interface JudgedPackage {
  readonly model: string;
  readonly package: { readonly digest: string };
  /** What it was judged against now. */
  readonly boundTo: Pick<VersionRecord['boundTo'], 'champion' | 'policy'>;
}

/**
 * Refuses a package that is a version already. Holds and rejections go by the package, so under two numbers one of them would speak for
 * both. `records` are the main branch's: a branch's own record of this package is the proposal itself. Throws `release/refused`.
 */
export function refuseKnownPackage(
  { boundTo, model, package: { digest } }: JudgedPackage,
  records: ReadonlyMap<number, VersionRecord> | undefined,
): void {
  for (const [version, record] of records ?? []) {
    if (record.package.digest !== digest) continue;
    // A verdict that was made against something else has lapsed, and the record that has it is never changed.
    const holds = record.boundTo.champion === boundTo.champion && record.boundTo.policy === boundTo.policy;
    const other = holds ? `; or promote version ${version}` : '';
    throw new SignalboxError('release/refused', `version ${version} of ${model} is this very package already`, {
      hint: `Training again makes the same package. Change on the branch what it is made of (another training.seed, newer data, features, parameters or code), commit, and propose a new version${other}.`,
    });
  }
}
