import { describe, expect, it } from 'vitest';
import { BlobReader } from './blob-reader.js';

const OUTPUT = Buffer.from(
  'a1 blob 5\nh\u00e9\nl\nHEAD:x missing\nb2 tree 3\na\nb\nc3 blob 7\nseven77\nd4 submodule\ne5 blob 0\n\nf6 blob 2\nok\n',
);

describe('what git cat-file answers', () => {
  it.each([1, 2, 3, 7, 1000])('is read in chunks of %d bytes, without what is too large', (size) => {
    const reader = new BlobReader(6, 'too large');
    for (let at = 0; at < OUTPUT.length; at += size) reader.take(OUTPUT.subarray(at, at + size));
    expect(reader.answers).toEqual(['h\u00e9\nl', null, null, 'too large', null, '', 'ok']);
  });
});
