import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '@signalbox/contracts';
import { LocalEventLog } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendEvents } from './append-events.js';

const column = (type: 'timestamp' | 'int' | 'string') => ({ type, maxMissingShare: 0, severity: 'block' as const });
const source: Source = {
  description: 'Flights',
  owner: 'team',
  data: { format: 'csv', path: 'flights.csv' },
  columns: { date: column('timestamp'), delay: column('int'), origin: column('string') },
  eventTime: 'date',
  observedAt: 'date + minutes(double(delay))',
  allowedLateness: '1d',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 1,
};
const workspace = { sources: new Map([['flights', source]]) };
const NOON = Date.UTC(2001, 3, 1, 12) * 1000;
const ROWS = ['2001-04-01 12:00:00,30,ATL', '2001-04-01 12:10:00,5,ORD', '2001-04-01 12:20:00,soon,ORD'];

let folder: string;
let log: LocalEventLog;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-append-'));
  log = new LocalEventLog(join(folder, 'log'));
  await writeFile(join(folder, 'flights.csv'), ['date,delay,origin', ...ROWS, ''].join('\n'));
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const append = (clock: 'wall' | 'replay', change: object = {}) =>
  appendEvents({ repo: folder, workspace, source: 'flights', path: 'flights.csv', log, clock, ...change });
const logged = () => log.read('flights', 0, { from: 0, max: 100 });

describe('appending the rows of a file to the event log', () => {
  it('replays them in the order in which they were observed, once, and leaves malformed rows out', async () => {
    expect(await append('replay')).toEqual({ appended: 2, refused: 1, past: 0 });
    expect(await logged()).toEqual([
      {
        partition: 0,
        offset: 0,
        eventTs: NOON + 600e6,
        arrivalTs: NOON + 900e6,
        row: { date: NOON + 600e6, delay: 5, origin: 'ORD' },
      },
      {
        partition: 0,
        offset: 1,
        eventTs: NOON,
        arrivalTs: NOON + 1800e6,
        row: { date: NOON, delay: 30, origin: 'ATL' },
      },
    ]);
    expect(await append('replay')).toEqual({ appended: 0, refused: 1, past: 2 });
    expect(await logged()).toHaveLength(2);
  });

  it('lets the log say when they arrived where time is not replayed', async () => {
    expect(await append('wall')).toEqual({ appended: 2, refused: 1, past: 0 });
    for (const { arrivalTs } of await logged()) expect(Math.abs(arrivalTs / 1000 - Date.now())).toBeLessThan(60_000);
  });

  it('says what is wrong with the source or the file', async () => {
    await expect(append('replay', { source: 'trains' })).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: expect.stringContaining('flights'),
    });
    await expect(append('replay', { path: 'absent.csv' })).rejects.toMatchObject({ code: 'input/bad-data' });
  });
});
