import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';

interface Packages {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly engines?: { node?: string } }>>;
}

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Packages;

const partsOf = (version: string): readonly number[] => version.split('.').map((part) => Number(part) || 0);

function compare(a: readonly number[], b: readonly number[]): number {
  const at = [0, 1, 2].find((index) => (a[index] ?? 0) !== (b[index] ?? 0)) ?? 0;
  return (a[at] ?? 0) - (b[at] ?? 0);
}

/** Whether a range of npm's holds a version of three numbers: as much of its grammar as packages use for Node. */
function holds(range: string, version: readonly number[]): boolean {
  return range.split('||').some((all) =>
    [...all.matchAll(/([<>]=?|[\^~]|)\s*v?([\d.x*]+)/g)].every(([, operator = '', text = '']) => {
      const bound = partsOf(text);
      const order = compare(version, bound);
      if (operator === '>=') return order >= 0;
      if (operator === '>') return order > 0;
      if (operator === '<=') return order <= 0;
      if (operator === '<') return order < 0;
      return text === '*' || (version[0] === bound[0] && order >= 0);
    }),
  );
}

describe('the locked packages', () => {
  it('all run on the oldest Node that we ask for', () => {
    const oldest = partsOf(lock.packages['']!.engines!.node!.replace('>=', ''));
    const refused = Object.entries(lock.packages).flatMap(([path, { engines, version }]) =>
      engines?.node === undefined || holds(engines.node, oldest) ? [] : [`${path}@${version}: ${engines.node}`],
    );
    expect(refused).toEqual([]);
  });

  it.each([
    ['>=22', false],
    ['>= 0.6', true],
    ['^20.19.0 || >=22.12.0', true],
    ['^20.20 || >=22', false],
    ['10.* || >= 12.*', true],
    ['18 || 20 || >=22', true],
    ['>=0.6.11 <=0.7.0 || >=0.7.3', true],
    ['>=18 <20', false],
  ])('are asked whether %s holds 20.19.0', (range, expected) => {
    expect(holds(range, [20, 19, 0])).toBe(expected);
  });
});
