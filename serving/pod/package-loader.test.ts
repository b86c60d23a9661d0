import { type ErrorCode, SignalboxError } from '@signalbox/contracts';
import { expect, it } from 'vitest';
import { problemOf } from './package-loader.js';

it.each<[ErrorCode, boolean]>([
  ['serving/bad-package', true],
  ['store/not-found', false],
  ['store/corrupt', false],
  ['store/unavailable', false],
])('blames the package for %s: %s', (code, broken) => {
  expect(problemOf(new SignalboxError(code, 'it ends'))).toEqual({ reason: `${code}: it ends`, broken });
});

it('blames no package for what nobody foresaw', () => {
  expect(problemOf(new RangeError('out of memory'))).toEqual({ reason: 'out of memory', broken: false });
});
