import { type DocumentKind, parseWorkspace, reliedOn } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { NO_BACKGROUND } from '../../../tests/support/release-world.js';
import { desiredOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { sampleRepository } from '../../../tests/support/sample-repository.js';
import { resolveDesired } from '../desired/desired.js';
import { documentsInError } from './documents.js';
import type { Wanted } from './wanted.js';

const WHOLE = sampleRepository();
const RELIED_ON = reliedOn(parseWorkspace(WHOLE).workspace, ['release', 'prod/card-fraud']).map(({ file }) => file);
/** They have waits of their own, or are none. */
const OTHERS: readonly DocumentKind[] = ['freeze', 'confirmation', 'hold'];

const headOf = (files: ReadonlyMap<string, string>) => ({ commit: 'c'.repeat(40), ...parseWorkspace(files) });

/** Why nothing starts, as far as documents say it. */
function waitsOf(files: ReadonlyMap<string, string>): readonly string[] {
  const head = headOf(files);
  const current = { ...publishedWhere([desiredOf(1)]), model: 'card-fraud' };
  const question = { environment: 'prod', model: 'card-fraud', published: new Map([['card-fraud', current]]) };
  const resolved = resolveDesired(head, { ...question, background: NO_BACKGROUND, wallNowMs: 0 });
  return 'unresolved' in resolved
    ? [resolved.unresolved]
    : documentsInError({ ...question, head } as unknown as Wanted);
}

/** Every document of a repository in which each kind stands, and such as no release of production relies on. */
const FILES = [...WHOLE.keys()].filter(
  (path) => path.endsWith('.yaml') && !OTHERS.some((kind) => path.includes(`/${kind}s/`)),
);

describe('a version that is asked for, whose documents have an error', () => {
  it('waits for none while there is none', () => {
    expect(waitsOf(WHOLE)).toEqual([]);
  });

  it.each(FILES)('waits by name of what it relies on, and of nothing else: %s', (path) => {
    const torn = waitsOf(new Map([...WHOLE, [path, 'x: [\n']]));
    expect(torn.some((why) => why.includes(path))).toBe(RELIED_ON.includes(path));
    expect(torn.length > 0).toBe(RELIED_ON.includes(path));
  });

  it.each(RELIED_ON)('does not start while one is gone: %s', (path) => {
    const files = new Map([...WHOLE].filter(([file]) => file !== path));
    const [why] = waitsOf(files);
    expect(why).toMatch(/there is no|has no|is not there|not defined|cannot be read/);
  });
});
