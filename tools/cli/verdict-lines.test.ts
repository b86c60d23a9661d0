import { expect, it } from 'vitest';
import { verdictLines } from './verdict-lines.js';

it('shows the rows of a refusal under what it says, and no others', () => {
  const examples = ['label 7'];
  expect(
    verdictLines([
      { id: 'a/long', verdict: 'warn', sentence: 'So so.', examples },
      { id: 'a/b', verdict: 'fail', sentence: 'Bad.', examples },
    ]),
  ).toEqual(['  warn         a/long  So so.', '  fail         a/b     Bad.', '                       label 7']);
});
