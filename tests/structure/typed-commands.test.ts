import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';

const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

/** Lines inside of fences, which people copy. */
function codeLines(text: string): readonly string[] {
  const parts = text.split(/^ {0,3}```.*$/m);
  return parts.filter((_, at) => at % 2 === 1).flatMap((block) => block.split('\n'));
}

describe('commands in blocks of code', () => {
  it.each(pages.filter((page) => page.endsWith('.md')))('are typed as they run from a clone, in %s', (page) => {
    const lines = codeLines(readFileSync(join(ROOT, page), 'utf8'));
    expect(lines.filter((line) => /^\s*(\$ )?signalbox /.test(line))).toEqual([]);
  });
});
