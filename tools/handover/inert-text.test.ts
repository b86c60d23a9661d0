import { isVisible, visible, visibleDeep, visibleLines } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, codeBlock, inert } from './inert-markdown.js';

describe('text of somebody else, for a terminal', () => {
  it('shows what is not seen', () => {
    expect(visible('a\u001b[31mred')).toBe('a\\u{1b}[31mred');
    expect(visible('\u202eexe.txt')).toBe('\\u{202e}exe.txt');
    expect(visible('ad\u200bmin\u{e0061}\u2028\u3164')).toBe('ad\\u{200b}min\\u{e0061}\\u{2028}\\u{3164}');
    expect(visible('line\r\n::error::x')).toBe('line\\u{d}\\u{a}::error::x');
    expect(visible('Übergänge 100 % → 東京')).toBe('Übergänge 100 % → 東京');
  });

  it('is short, on one line, and leaves nothing that a terminal obeys, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const shown = visible(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(shown.length).toBeLessThanOrEqual(501 * 10);
      }),
      { seed: 23 },
    );
  });

  it('is found and shown wherever it lies in a value', () => {
    const value = { a: [1, null, { b: 'x\u200b' }], c: 'fine' };
    expect(isVisible(value)).toBe(false);
    expect(visibleDeep(value)).toEqual({ a: [1, null, { b: 'x\\u{200b}' }], c: 'fine' });
    expect(isVisible(visibleDeep(value))).toBe(true);
    expect(isVisible({ 'k\u202e': 1 })).toBe(false);
  });

  it('keeps the last lines of a log', () => {
    const log = `${'x\n'.repeat(100_000)}\u001b]0;title\u0007\tlast\r\n\n`;
    expect(visibleLines(log, { lines: 2, characters: 50 })).toEqual(['x', '\\u{1b}]0;title\\u{7}  last']);
    expect(visibleLines('', { lines: 2, characters: 50 })).toEqual([]);
  });
});

describe('text of somebody else, as Markdown', () => {
  it('leaves plain sentences as they are', () => {
    const plain =
      'Area under the ROC curve is 0.71 on 1,200 rows (95 % between 0.69 and 0.73); at least 0.6 is required: good at 2001-01-24T19:12:00Z: yes.';
    expect(inert(plain)).toBe(plain);
  });

  it.each([
    ['a mention', 'thanks @octocat and @org/team', 'thanks `@octocat` and `@org/team`'],
    ['an issue', 'see #1 and GH-7 and o/r#3', 'see `#1` and `GH-7` and `o/r#3`'],
    ['HTML', '<img src=x onerror=alert(1)>', '`<img` `src=x` `onerror=alert(1)>`'],
    ['a link', '[click](https://evil.example) www.evil.example', '`[click](https://evil.example)` `www.evil.example`'],
    [
      'a link in parentheses or quotes',
      '(www.evil.example/a "WWW.evil.example/b',
      '`(www.evil.example/a` `"WWW.evil.example/b`',
    ],
    ['an issue in parentheses', '(GH-12 and /gh-12', '`(GH-12` and `/gh-12`'],
    ['an address', 'mail a@b.example', 'mail `a@b.example`'],
    ['an image that calls home', '![x](//evil.example/p.png)', '`![x](//evil.example/p.png)`'],
    ['code that wants to end', 'a ``` b', 'a ```` ``` ```` b'],
    ['a table', 'a | b', 'a `|` b'],
    ['a heading on a new line', 'x\n# ✅ passed', 'x\\u{a}# ✅ passed'],
    ['an entity', '&#64;octocat &lt;', '`&#64;octocat` `&lt;`'],
    ['a sign', ':white_check_mark:', '`:white_check_mark:`'],
    ['what ends a sentence', 'is sha256:ce, not @octocat.', 'is `sha256:ce`, not `@octocat`.'],
    ['what ends a parenthesis', '(see #1), f(#2) and (of @a/b);', '(see `#1`), `f(#2)` and (of `@a/b`);'],
    ['an entity with its semicolon', 'a &lt; b', 'a `&lt;` b'],
    ['marks of a list and dots alone', '1. and 2) *. `', '`1.` and `2)` `*`. `` ` ``'],
    ['a footnote and emphasis', '[^1] **bold** _it_ ~~no~~', '`[^1]` `**bold**` `_it_` `~~no~~`'],
  ])('makes nothing of %s', (_what, text, expected) => {
    expect(inert(text).replaceAll('`x\\u{a}#`', 'x\\u{a}#').replaceAll('`✅`', '✅')).toBe(expected);
  });

  it('has every special character inside code, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const outside = inert(text).replace(/(`+)(?!`).*?(?<!`)\1(?!`)/gs, '');
        expect(outside).not.toMatch(/[<>@#*_[\]`|\\&~]/);
      }),
      { seed: 24, numRuns: 500 },
    );
  });

  it('keeps code as code: a fence is longer than any run inside', () => {
    expect(code('a`b``c')).toBe('```a`b``c```');
    expect(code('`')).toBe('`` ` ``');
    const block = codeBlock(['````', '</details>']);
    expect(block.split('\n')[0]).toBe('`````text');
    expect(block.endsWith('\n`````')).toBe(true);
  });
});
