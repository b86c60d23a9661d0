import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDurationMs,
  formatInstant,
  MAX_DURATION_MS,
  parseDurationMs,
  parseDurationUs,
  parseInstantUs,
  parseSizeBytes,
} from './index.js';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['38h', 136_800_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
    expect(parseDurationUs(text)).toBe(ms * 1000);
  });

  it.each(['', '5', 'm', '5 m', '1.5h', '-1h', '1w', '5M', '99999999999d', `${'9'.repeat(400)}d`])(
    'refuses %j and says the form',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow(/expected a duration/);
    },
  );

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_DURATION_MS }), (ms) => {
        expect(parseDurationMs(formatDurationMs(ms))).toBe(ms);
      }),
    );
  });
});

describe('an instant', () => {
  it.each([
    ['1970-01-01', 0],
    ['2001-04-01', 986_083_200_000_000],
    ['2001-04-01T12:30Z', 986_128_200_000_000],
    ['2001-04-01T12:30:05Z', 986_128_205_000_000],
    ['2001-04-01T12:30:05.000001Z', 986_128_205_000_001],
    ['2001-04-01T12:30:05.5Z', 986_128_205_500_000],
    ['1969-12-31T23:59:59.999999Z', -1],
  ])('%s is %d microseconds', (text, us) => {
    expect(parseInstantUs(text)).toBe(us);
  });

  it.each([
    '',
    '2001-02-30',
    '2001-13-01',
    '2001-04-01T24:00Z',
    '2001-04-01T12:60Z',
    '2001-04-01T12:30:00',
    '2001-04-01T12:30:00+02:00',
    '2001-04-01 12:30',
    '1.4.2001',
    '2001-04-01T12:30:05.1234567Z',
  ])('refuses %j and says the form', (text) => {
    expect(() => parseInstantUs(text)).toThrow(/expected a moment in UTC/);
  });

  it('is read back as it was written, to the microsecond, before and after 1970', () => {
    const fourDigitYears = { min: -62_000_000_000_000_000, max: 9_007_000_000_000_000 };
    fc.assert(
      fc.property(fc.integer(fourDigitYears), (us) => {
        expect(parseInstantUs(formatInstant(us))).toBe(us);
      }),
    );
  });
});

describe('a size', () => {
  it.each([
    ['12B', 12],
    ['1KiB', 1024],
    ['200MiB', 209_715_200],
    ['2GiB', 2_147_483_648],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  it.each(['', '5', '5MB', '1.5GiB', '-1B', '99999999999999999GiB'])('refuses %j and says the form', (text) => {
    expect(() => parseSizeBytes(text)).toThrow(/expected a size/);
  });
});
