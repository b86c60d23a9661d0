import { describe, expect, it } from 'vitest';
import { openDuckDb, withDuckDb } from './duckdb.js';
import { duckDbError } from './duckdb-error.js';

describe('a statement', () => {
  it('answers 64-bit integers as numbers, and refuses those that are none', async () => {
    await withDuckDb({ threads: 1 }, async (database) => {
      expect(await database.rows('SELECT 9007199254740991 AS a, sum(x) AS b FROM (VALUES (1), (2)) t(x)')).toEqual([
        { a: 9007199254740991, b: 3 },
      ]);
      await expect(database.rows('SELECT 9007199254740992 AS a')).rejects.toThrow(
        '9007199254740992 is not an exact number',
      );
    });
  });

  it('is interrupted when the caller stops, with the reason of the caller', async () => {
    const stop = new AbortController();
    const database = await openDuckDb({ threads: 1, signal: stop.signal });
    const reason = new Error('stopped by a person');
    try {
      const running = database.run(
        'SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range < 0',
      );
      setTimeout(() => stop.abort(reason), 50);
      await expect(running).rejects.toBe(reason);
      await expect(database.run('SELECT 1')).rejects.toBe(reason);
    } finally {
      database.close();
    }
  });

  it('reaches nothing outside: extensions are not fetched', async () => {
    await withDuckDb({ threads: 1 }, async (database) => {
      await expect(database.run("FROM read_parquet('https://example.org/x.parquet')")).rejects.toMatchObject({
        name: 'SignalboxError',
      });
    });
  });
});

describe('an error of the engine', () => {
  it.each([
    ['IO Error: Could not write file "x": No space left on device', 'store/unavailable', true],
    ['Out of Memory Error: failed to pin block of size 256.0 KiB', 'store/unavailable', true],
    ["Invalid Input Error: No magic bytes found at end of file 'x.parquet'", 'input/bad-data', false],
    ['IO Error: No files found that match the pattern "x"', 'input/bad-data', false],
    ['Invalid Input Error: CSV Error on Line: 7', 'input/bad-data', false],
    ['Parser Error: syntax error at or near "parquet"', 'internal/bug', false],
    ['Binder Error: Referenced column "csv" not found', 'internal/bug', false],
  ])('%s is %s', (message, code, retryable) => {
    const error = duckDbError(new Error(`${message}\nLINE 1: …`), 'SELECT 1');
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toContain('LINE 1');
    expect(error.hint).toBeTruthy();
  });
});
