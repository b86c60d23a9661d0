import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptsFor, nextStep } from './attempts.js';
import { degradedReason } from './reasons.js';
import { compileRule } from './rule.js';

describe('attemptsFor', () => {
  it.each([
    { chosen: { role: 'candidate', version: 2 }, fallback: 3, asked: ['candidate 2', 'champion 1', 'fallback 3'] },
    { chosen: { role: 'champion', version: 1 }, fallback: 3, asked: ['champion 1', 'fallback 3'] },
    { chosen: { role: 'champion', version: 1 }, fallback: 1, asked: ['champion 1'] },
    { chosen: { role: 'candidate', version: 2 }, fallback: null, asked: ['candidate 2', 'champion 1'] },
    { chosen: { role: 'candidate', version: 2 }, fallback: 2, asked: ['candidate 2', 'champion 1'] },
  ] as const)('asks the chosen version, then who is left: $asked', ({ chosen, fallback, asked }) => {
    const attempts = attemptsFor(chosen, { champion: 1, fallback });
    expect(attempts.map(({ role, version }) => `${role} ${version}`)).toEqual(asked);
  });

  it('starts with the chosen version, ends, and asks no version twice', () => {
    const version = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(version, version, fc.option(version), (candidate, champion, fallback) => {
        const attempts = attemptsFor({ role: 'candidate', version: candidate }, { champion, fallback });
        expect(attempts[0]).toEqual({ role: 'candidate', version: candidate });
        expect(new Set(attempts.map((attempt) => attempt.version)).size).toBe(attempts.length);
        expect(attempts.some((attempt) => attempt.version === champion)).toBe(true);
        expect(nextStep(attempts, attempts.length, true)).toEqual({ kind: 'rule' });
        expect(nextStep(attempts, attempts.length, false)).toEqual({ kind: 'give-up' });
      }),
    );
  });
});

describe('degradedReason', () => {
  it('is null for a plain answer and names every failure otherwise', () => {
    expect(degradedReason([], false)).toBeNull();
    expect(degradedReason([], true)).toBe('features unavailable');
    const failures = [
      { attempt: { role: 'candidate', version: 2 }, failure: { kind: 'timeout' } },
      { attempt: { role: 'champion', version: 1 }, failure: { kind: 'error', problem: '/secret/path' } },
    ] as const;
    expect(degradedReason(failures, true)).toBe(
      'candidate version 2 timed out; champion version 1 failed; features unavailable',
    );
  });
});

describe('compileRule', () => {
  const names = ['origin.late_share_24h', 'request.distance'];

  it('scores by the features that are known, and has no answer where they are not', () => {
    const rule = compileRule('origin.late_share_24h', names);
    expect(rule({ 'origin.late_share_24h': 0.25 })).toBe(0.25);
    expect(rule({ 'origin.late_share_24h': null })).toBeNull();
    expect(rule({})).toBeNull();
  });

  it('can answer without any feature', () => {
    const rule = compileRule('origin.late_share_24h == null ? 0.2 : origin.late_share_24h', names);
    expect(rule({})).toBe(0.2);
  });

  it('counts true as 1', () => {
    expect(compileRule('request.distance > 1000.0', names)({ 'request.distance': 2000 })).toBe(1);
  });

  it('takes features that no package has for unknown, and refuses what is wrong in any other way', () => {
    expect(compileRule('weather.rain + weather.snow + wind', names)({})).toBeNull();
    const rule = compileRule('weather.rain == null && weather.snow == null ? request.distance : 0.1', names);
    expect(rule({ 'request.distance': 0.5 })).toBe(0.5);
    expect(() => compileRule('request.distance > "far"', names)).toThrow(/no operator double > string/);
    expect(() => compileRule('rain() + weather.rain', names)).toThrow(/unknown function 'rain'/);
  });
});
