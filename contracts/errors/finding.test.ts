import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byPlace, type Finding, formatFindings, formatPlace } from './finding.js';

const finding = (file: string, line: number, more: Partial<Finding> = {}): Finding => ({
  code: 'schema/bad-value',
  severity: 'error',
  message: `wrong at ${line}`,
  place: { file, line, column: 3 },
  ...more,
});

describe('findings', () => {
  it('are printed one a line, in a form that editors link, with what to do and a gap between files', () => {
    const text = formatFindings([
      finding('a.yaml', 2, { hint: 'Do this.' }),
      finding('a.yaml', 9, { severity: 'warning', place: { file: 'a.yaml', line: 9, column: 1, field: 'x.y' } }),
      finding('b.yaml', 1),
    ]);
    expect(text).toBe(
      'a.yaml:2:3  error  wrong at 2\n    Do this.\na.yaml:9:1  warning  x.y: wrong at 9\n\nb.yaml:1:3  error  wrong at 1\n',
    );
  });

  it('are cut at twenty a file and two hundred in all, errors first, and what is left out is counted', () => {
    const warnings = Array.from({ length: 30 }, (_, at) => finding('a.yaml', at, { severity: 'warning' }));
    const lines = formatFindings([...warnings, finding('a.yaml', 99), finding('b.yaml', 1)]).split('\n');
    expect(lines.slice(18)).toEqual([
      'a.yaml:18:3  warning  wrong at 18',
      'a.yaml:99:3  error  wrong at 99',
      'and 11 more in a.yaml',
      '',
      'b.yaml:1:3  error  wrong at 1',
      '',
      '`signalbox validate --json` lists more.',
      '',
    ]);
    const many = Array.from({ length: 15 * 30 }, (_, at) => finding(`${10 + Math.floor(at / 30)}.yaml`, at));
    const text = formatFindings(many);
    expect(text.match(/error/g)).toHaveLength(200);
    expect(text).toContain('and 10 more in 19.yaml\n\nand 150 more in 5 other files\n\n`signalbox validate');
    expect(formatFindings(many.slice(0, 20))).not.toContain('more');
  });

  it('are visible text that commands nobody, whatever files, fields and words of others are', () => {
    const place = { file: 'models/\u001b[2Jx/\u202em.yaml', line: 1, column: 2, field: 'a\u200b' };
    const text = formatFindings([
      finding('', 1, { place, message: 'got "\n::error::x" ##[add-mask]e', hint: '::stop-commands::x' }),
    ]);
    expect(text).toBe(
      'models/\\u{1b}[2Jx/\\u{202e}m.yaml:1:2  error  a\\u{200b}: got "\\u{a}::error::x" #\\u{23}[add-mask]e\n    \\u{3a}:stop-commands::x\n',
    );
    expect(formatPlace({ file: '::error::x.yaml', line: 1 })).toBe('\\u{3a}:error::x.yaml:1');
  });

  it('hold no character that a terminal or a log obeys', () => {
    const words = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('\n::', ' ::', '\r::', '##[', '\u2028::'),
    );
    fc.assert(
      fc.property(fc.tuple(words, words, words, words), ([file, field, message, hint]) => {
        const lines = formatFindings([finding('', 1, { place: { file, field }, message, hint })]).split('\n');
        expect(lines).toHaveLength(hint === '' ? 2 : 3);
        for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|^\s*::|##\[/u);
      }),
      { seed: 41 },
    );
  });

  it('are read by file, line and column', () => {
    const read = [
      finding('b', 1),
      finding('a', 10),
      finding('a', 9),
      { ...finding('a', 0), place: { file: 'a' } },
    ].sort(byPlace);
    expect(read.map(({ place }) => formatPlace(place))).toEqual(['a', 'a:9:3', 'a:10:3', 'b:1:3']);
  });
});
