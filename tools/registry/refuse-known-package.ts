import { SignalboxError, type VersionRecord } from '@signalbox/contracts';

/**
 * Refuses a package that is a version already. Holds and rejections go by the package, so under two numbers one of them would speak for
 * both. `records` are the main branch's: a branch's own record of this package is the proposal itself. Throws `release/refused`.
 */
export function refuseKnownPackage(
  model: string,
  digest: string,
  records: ReadonlyMap<number, VersionRecord> | undefined,
): void {
  for (const [version, record] of records ?? []) {
    if (record.package.digest !== digest) continue;
    throw new SignalboxError('release/refused', `version ${version} of ${model} is this very package already`, {
      hint: `Change features, parameters, data or code; or promote version ${version}.`,
    });
  }
}
