import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minVersion, satisfies } from 'semver';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';

interface Packages {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly engines?: { node?: string } }>>;
}

describe('the locked packages', () => {
  it('all run on the oldest Node that we ask for', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Packages;
    const oldest = minVersion(packages['']!.engines!.node!)!;
    const refused = Object.entries(packages).flatMap(([path, { engines, version }]) =>
      engines?.node === undefined || satisfies(oldest, engines.node) ? [] : [`${path}@${version}: ${engines.node}`],
    );
    expect(refused).toEqual([]);
  });
});
