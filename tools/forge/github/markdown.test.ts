import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capMarkdown, MAX_BODY_CHARACTERS, markComment, readMark } from './markdown.js';

const CUT = '**Cut here:** GitHub takes no longer text. The whole one is in the log of the run.';

describe('capping Markdown', () => {
  it('leaves alone what fits, to the last character', () => {
    expect(capMarkdown('abc', 3)).toBe('abc');
    expect(capMarkdown('a'.repeat(200), 200)).toHaveLength(200);
  });

  it('cuts at the end of a line and says so', () => {
    expect(capMarkdown('one\n'.repeat(100), 120)).toBe(`${'one\n'.repeat(7)}one\n\n${CUT}`);
  });

  it.each([
    ['```', '```'],
    ['````text', '````'],
    ['~~~~', '~~~~'],
  ])('closes a code block that %s opened', (opening, closing) => {
    const text = `${opening}\n${'line\n'.repeat(100)}`;
    expect(capMarkdown(text, 200)).toMatch(new RegExp(`line\n${closing}\n\n\\*\\*Cut here`));
  });

  it('takes a shorter or another fence inside a block for text, and a closed block for closed', () => {
    const rest = 'line\n'.repeat(100);
    expect(capMarkdown(`\`\`\`\`\n\`\`\`\n~~~~~\n${rest}`, 200)).toMatch(/line\n````\n\n\*\*Cut/);
    expect(capMarkdown(`\`\`\`\ncode\n\`\`\`\n${rest}`, 200)).toMatch(/line\n\n\*\*Cut/);
  });

  it('never exceeds the limit, never splits a character, and begins as the text does', () => {
    const line = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('```', '````js', '~~~', ''));
    const texts = fc.array(line, { maxLength: 60 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(texts, fc.integer({ min: 150, max: 400 }), (text, limit) => {
        const capped = capMarkdown(text, limit);
        expect(capped.length).toBeLessThanOrEqual(limit);
        expect(Buffer.from(capped).toString()).toBe(capped);
        if (text.length <= limit) expect(capped).toBe(text);
        else
          expect(
            text.startsWith(capped.slice(0, capped.indexOf('\n\n**Cut here')).replace(/\n(`{3,}|~{3,})$/, '')),
          ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the mark of a comment', () => {
  it('comes back with the body as it was', () => {
    const values = fc.stringMatching(/^[a-z][a-z0-9./-]{0,20}$/);
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), values, fc.constantFrom('marker', 'once'), (body, value, kind) => {
        const mark = { kind, value } as const;
        expect(readMark(markComment(body, mark))).toEqual({ mark, body });
      }),
    );
  });

  it('is found behind the line breaks of a browser, and counts only on the first line', () => {
    const { mark } = readMark('<!-- signalbox:marker=report -->\r\nbody');
    expect(mark).toEqual({ kind: 'marker', value: 'report' });
    expect(readMark('\n<!-- signalbox:marker=report -->\nbody').mark).toBeNull();
    expect(readMark('body <!-- signalbox:marker=report -->').mark).toBeNull();
  });

  it('leaves a long body within the limit, and cannot be ended early', () => {
    const long = markComment('line\n'.repeat(20_000), { kind: 'marker', value: 'report' });
    expect(long.length).toBeLessThanOrEqual(MAX_BODY_CHARACTERS);
    expect(() => markComment('', { kind: 'marker', value: 'a --> b' })).toThrow('cannot mark a comment');
  });
});
