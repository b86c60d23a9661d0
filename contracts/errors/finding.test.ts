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
