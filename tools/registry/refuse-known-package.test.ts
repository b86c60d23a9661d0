import type { VersionRecord } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { refuseKnownPackage } from './refuse-known-package.js';

const boundTo = { champion: 'sha256:live', policy: 'sha256:policy' };
const packageOf = (digest: string) => ({ package: { digest, sizeBytes: 1 }, boundTo });
const recordOf = (digest: string) => packageOf(digest) as VersionRecord;
const judged = (digest: string) => ({ model: 'dispute', ...packageOf(digest) });
const RECORDS = new Map([
  [1, recordOf('sha256:one')],
  [2, recordOf('sha256:two')],
]);

describe('refusing a package that is a version already', () => {
  it('names the version that has the package', () => {
    expect(() => refuseKnownPackage(judged('sha256:two'), RECORDS)).toThrow(
      expect.objectContaining({
        code: 'release/refused',
        message: 'version 2 of dispute is this very package already',
        hint: 'Training again makes the same package. Change on the branch what it is made of (another training.seed, newer data, features, parameters or code), commit, and propose a new version; or promote version 2.',
      }),
    );
  });

  it.each(['champion', 'policy'])('and does not send to a version whose verdict has lapsed by another %s', (what) => {
    const now = { ...judged('sha256:two'), boundTo: { ...boundTo, [what]: 'sha256:other' } };
    expect(() => refuseKnownPackage(now, RECORDS)).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/training[.]seed.* propose a new version[.]$/) }),
    );
  });

  it('lets a new package through, also where there is no version yet', () => {
    expect(() => refuseKnownPackage(judged('sha256:three'), RECORDS)).not.toThrow();
    expect(() => refuseKnownPackage(judged('sha256:one'), undefined)).not.toThrow();
  });
});
