import { describe, expect, it } from 'vitest';
import { canonicalExpression, checkExpression, compileExpression, expressionToSql } from './index.js';

const VARIABLES = { i: 'int', x: 'double', s: 'string', b: 'bool', 'view.f': 'double' } as const;

describe('a right expression', () => {
  it.each([
    ['i + 1', 'int', ['i']],
    ['double(i) * x', 'double', ['i', 'x']],
    ['i < x && b', 'bool', ['b', 'i', 'x']],
    ['b ? s : null', 'string', ['b', 's']],
    ['view.f == null', 'bool', ['view.f']],
    ['minutes(30) + hours(x)', 'int', ['x']],
    ['s in ["a"]', 'bool', ['s']],
  ])('%s is of type %s and reads %j', (text, type, variables) => {
    expect(checkExpression(text, VARIABLES)).toMatchObject({ ok: true, type, variables });
  });

  it('keeps its meaning and loses its layout in the canonical form', () => {
    expect(canonicalExpression(' i+ 1>2 ', VARIABLES)).toBe('i + 1 > 2');
  });
});

describe('a wrong expression', () => {
  it.each([
    ['i +', 'is not a CEL expression', 3],
    ['i + j', "unknown variable 'j'", 4],
    ['i + x', 'no operator int + double', 0],
    ['x % x', 'no operator double % double', 0],
    ['s < "a"', 'no operator string < string', 0],
    ['i == s', 'no operator int == string', 0],
    ['b && i', 'expected bool, got int', 5],
    ['f(i)', "unknown function 'f'", 0],
    ['minutes(s)', 'no function minutes(string)', 0],
    ['s.matches("a")', "unknown method 'matches'", 0],
    ['b ? i : x', 'the branches of ?: differ', 8],
    ['null', 'null may stand only in', 0],
    ['[i][0]', "'[]' is not part of the expression language", 0],
    ['x in [1.0]', "'in' is for int, string and bool", 0],
    ['9007199254740992', 'beyond the exact integers', 0],
    ['view.g', "unknown variable 'view.g'", 0],
    ['toString', "unknown variable 'toString'", 0],
  ])('%s: %s, at %d', (text, message, start) => {
    const check = checkExpression(text, VARIABLES);
    if (check.ok) throw new Error('it was accepted');
    expect(check.problem.message).toContain(message);
    expect(check.problem.start).toBe(start);
  });

  it('is refused where another type is wanted', () => {
    expect(checkExpression('i', VARIABLES, 'bool')).toMatchObject({
      ok: false,
      problem: { message: "'i' is of type int, expected bool" },
    });
  });

  it('throws with its place and a hint when it is compiled', () => {
    expect(() => compileExpression('i + x', VARIABLES)).toThrow('(at character 1 of');
    expect(() => expressionToSql('dely', VARIABLES)).toThrow("unknown variable 'dely'");
  });

  it('is refused where its SQL would blow up', () => {
    let text = 'i';
    for (let depth = 0; depth < 14; depth++) text = `greatest(${text}, ${depth})`;
    expect(() => expressionToSql(text, VARIABLES)).toThrow('nested too deeply');
  });
});
