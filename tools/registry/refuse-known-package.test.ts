import type { VersionRecord } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { refuseKnownPackage } from './refuse-known-package.js';

const recordOf = (digest: string) => ({ package: { digest, sizeBytes: 1 } }) as VersionRecord;
const RECORDS = new Map([
  [1, recordOf('sha256:one')],
  [2, recordOf('sha256:two')],
]);

describe('refusing a package that is a version already', () => {
  it('names the version that has the package', () => {
    expect(() => refuseKnownPackage('dispute', 'sha256:two', RECORDS)).toThrow(
      expect.objectContaining({
        code: 'release/refused',
        message: 'version 2 of dispute is this very package already',
        hint: 'Change features, parameters, data or code; or promote version 2.',
      }),
    );
  });

  it('lets a new package through, also where there is no version yet', () => {
    expect(() => refuseKnownPackage('dispute', 'sha256:three', RECORDS)).not.toThrow();
    expect(() => refuseKnownPackage('dispute', 'sha256:one', undefined)).not.toThrow();
  });
});
