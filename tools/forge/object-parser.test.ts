import { describe, expect, it } from 'vitest';
import { type GitObject, ObjectParser } from './object-parser.js';

const id = (digit: string) => digit.repeat(40);
/** Larger than any of ours. */
const COMMIT = 'x'.repeat(64 * 1024 + 1);
const OUTPUT = Buffer.from(
  `${id('a')} blob 5\nhé\nl\nHEAD:x missing\n${id('b')} tree 3\na\nb\n${id('c')} blob 7\nseven77\n${id('d')} submodule\n${id('e')} blob 0\n\n${id('f')} blob 2\nok\n${id('1')} commit 9\ntree x\n\nx\n${id('2')} commit ${COMMIT.length}\n${COMMIT}\n`,
);

describe('what git cat-file answers', () => {
  it.each([1, 2, 3, 7, 1000])('is read in chunks of %d bytes, without what is too large', (size) => {
    const answers: (GitObject | null)[] = [];
    const parser = new ObjectParser(6, (object) => answers.push(object));
    for (let at = 0; at < OUTPUT.length; at += size) parser.take(OUTPUT.subarray(at, at + size));
    expect(answers).toEqual([
      { id: id('a'), type: 'blob', text: 'hé\nl' },
      null,
      { id: id('b'), type: 'tree', text: null },
      { id: id('c'), type: 'blob', text: null },
      null,
      { id: id('e'), type: 'blob', text: '' },
      { id: id('f'), type: 'blob', text: 'ok' },
      { id: id('1'), type: 'commit', text: 'tree x\n\nx' },
      { id: id('2'), type: 'commit', text: null },
    ]);
  });
});
