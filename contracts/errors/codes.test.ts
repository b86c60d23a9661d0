import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from './codes.js';
import { FINDING_CODES } from './finding-codes.js';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'dist' || entry.name === 'node_modules' ? [] : sources(path);
    return /(?<!\.test|codes)\.ts$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

describe('the catalogues of codes', () => {
  it('hold only codes that something reports', () => {
    const code = ['contracts', 'serving', 'tools'].flatMap((folder) => sources(join(ROOT, folder))).join('\n');
    const unused = [...Object.keys(ERROR_CODES), ...Object.keys(FINDING_CODES)].filter(
      (each) => !code.includes(`'${each}'`),
    );
    expect(unused).toEqual([]);
  });

  it('keep errors and findings apart, and say each meaning in a sentence', () => {
    for (const code of Object.keys(FINDING_CODES)) expect(Object.keys(ERROR_CODES)).not.toContain(code);
    const meanings = [...Object.values(ERROR_CODES).map(({ meaning }) => meaning), ...Object.values(FINDING_CODES)];
    for (const meaning of meanings) expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(new Set(meanings).size).toBe(meanings.length);
  });
});
