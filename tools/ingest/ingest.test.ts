import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseInstantUs, type SignalboxError, type Source } from '@signalbox/contracts';
import { type BlobStore, blobKey, openBlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DuckDbValue, withDuckDb } from '../duckdb/index.js';
import { parseHeader } from './csv-dialect.js';
import { ingestSource } from './ingest-source.js';

let folder: string;
let store: BlobStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-ingest-'));
  store = openBlobStore(join(folder, 'store'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Column = Source['columns'][string];
const column = (type: Column['type'], more: Partial<Column> = {}): Column => ({
  type,
  maxMissingShare: 0,
  severity: 'block',
  ...more,
});
const COLUMNS = { at: column('timestamp'), delay: column('int'), origin: column('string') };

const sourceWith = (more: Partial<Source> = {}): Source => ({
  description: 'x',
  owner: 'x',
  data: { format: 'csv', path: 'data/*.csv' },
  columns: COLUMNS,
  eventTime: 'at',
  observedAt: 'at + minutes(double(greatest(delay, 0)))',
  allowedLateness: '2h',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 1,
  ...more,
});
const HEADER = 'at,delay,origin';
const ROWS = [
  '2001-01-31 23:59:00,5,ATL',
  '2001-02-01 00:00:00,-3,ORD',
  '2001-01-01 12:00:00,0,"A,TL"',
  '2001-03-01 08:00:00,90,ATL',
];

async function csv(rows: readonly string[], name = 'rows.csv', header = HEADER): Promise<void> {
  await mkdir(join(folder, 'data'), { recursive: true });
  await writeFile(join(folder, 'data', name), `${[header, ...rows].join('\n')}\n`);
}

async function parquet(query: string): Promise<string> {
  await mkdir(join(folder, 'data'), { recursive: true });
  const path = join(folder, 'data', 'rows.parquet');
  await withDuckDb({ threads: 1 }, (database) => database.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`));
  return path;
}
const PARQUET: Source['data'] = { format: 'parquet', path: 'data/rows.parquet' };

const ingest = (source: Source, until = '2002-01-01', cache = 'cache') =>
  ingestSource({
    repo: folder,
    workspace: { sources: new Map([['trips', source]]) },
    source: 'trips',
    untilUs: parseInstantUs(until),
    store,
    cacheFolder: join(folder, cache),
    threads: 2,
  });

async function rowsOf(digest: string, columns = '*'): Promise<Record<string, DuckDbValue>[]> {
  const path = await store.localPath(blobKey(digest));
  return withDuckDb({ threads: 1 }, (database) =>
    database.rows<Record<string, DuckDbValue>>(`SELECT ${columns} FROM read_parquet('${path}')`),
  );
}

const refusal = async (work: Promise<unknown>): Promise<SignalboxError> => {
  try {
    await work;
  } catch (error) {
    return error as SignalboxError;
  }
  throw new Error('it was accepted');
};

describe('a snapshot', () => {
  it('has one sorted file a month, with event, arrival and row number', async () => {
    await csv(ROWS);
    const { snapshot } = await ingest(sourceWith());
    expect(snapshot.files.map(({ month, rows }) => [month, rows])).toEqual([
      ['2001-01', 2],
      ['2001-02', 1],
      ['2001-03', 1],
    ]);
    const minutes = (text: string) => parseInstantUs(text);
    expect(await rowsOf(snapshot.files[0]!.digest)).toEqual([
      {
        at: minutes('2001-01-01T12:00Z'),
        delay: 0,
        origin: 'A,TL',
        event_ts: minutes('2001-01-01T12:00Z'),
        arrival_ts: minutes('2001-01-01T12:00Z'),
        event_seq: 3,
      },
      {
        at: minutes('2001-01-31T23:59Z'),
        delay: 5,
        origin: 'ATL',
        event_ts: minutes('2001-01-31T23:59Z'),
        arrival_ts: minutes('2001-02-01T00:04Z'),
        event_seq: 1,
      },
    ]);
  });

  it('holds only what had been observed by then, to the microsecond', async () => {
    await csv(ROWS);
    expect((await ingest(sourceWith(), '2001-02-01T00:04:00Z')).snapshot.rows).toBe(3);
    expect((await ingest(sourceWith(), '2001-02-01T00:03:59.999999Z')).snapshot.rows).toBe(2);
  });

  it('counts rows that were observed too late, and keeps the last that was not', async () => {
    await csv(['2001-01-01 00:00:00,120,ATL', '2001-01-01 00:00:00,121,ATL']);
    const { snapshot } = await ingest(sourceWith());
    expect(snapshot).toMatchObject({ rows: 1, late: 1, quarantined: 0 });
    expect(snapshot.checks.find(({ id }) => id === 'data/lateness')).toMatchObject({
      verdict: 'warn',
      sentence: '1 rows refused: only those observed up to 2h after they happened are accepted',
    });
  });

  it('counts rows that were observed before they happened, beyond the skew', async () => {
    await csv(['2001-01-01 00:00:00,-1,ATL', '2001-01-01 00:00:00,-2,ATL']);
    expect((await ingest(sourceWith({ observedAt: 'at + minutes(delay)', futureSkew: '1m' }))).snapshot).toMatchObject({
      rows: 1,
      late: 1,
    });
  });

  it('is the same, and is not read again, when nothing changed', async () => {
    await csv(ROWS);
    const first = await ingest(sourceWith());
    const again = await ingest(sourceWith());
    expect(again).toMatchObject({ cached: true, digest: first.digest });
    expect((await ingest(sourceWith(), '2002-01-01', 'another-cache')).digest).toBe(first.digest);
  });

  it('keeps the digest of a month that can no longer change when more comes', async () => {
    await csv(ROWS);
    const first = await ingest(sourceWith(), '2001-02-15');
    await csv(['2001-03-02 08:00:00,1,ATL'], 'rows2.csv');
    const later = await ingest(sourceWith());
    expect(later.snapshot.files.slice(0, 2)).toEqual(first.snapshot.files);
    expect(later.snapshot.files.map(({ rows }) => rows)).toEqual([2, 1, 2]);
  });

  it('writes a month again while rows of it can still arrive', async () => {
    await csv(ROWS);
    expect((await ingest(sourceWith(), '2001-02-01')).snapshot.files.map(({ rows }) => rows)).toEqual([1, 1]);
    expect((await ingest(sourceWith(), '2001-02-01T01:00Z')).snapshot.files.map(({ rows }) => rows)).toEqual([2, 1]);
  });

  it('is made again when its blobs are gone', async () => {
    await csv(ROWS);
    const { snapshot } = await ingest(sourceWith());
    await store.remove(blobKey(snapshot.files[1]!.digest));
    expect((await ingest(sourceWith())).cached).toBe(false);
    expect(await rowsOf(snapshot.files[1]!.digest)).toHaveLength(1);
  });

  it('does not depend on the number of threads', async () => {
    await parquet(
      "SELECT TIMESTAMP '2001-01-01' + INTERVAL (i % 977) MINUTE AS at, i % 60 AS delay, 'k' || (i % 7) AS origin FROM range(200000) t(i)",
    );
    const digests = [];
    for (const threads of [1, 2]) {
      const options = {
        repo: folder,
        workspace: { sources: new Map([['trips', sourceWith({ data: PARQUET })]]) },
        source: 'trips',
        untilUs: parseInstantUs('2002-01-01'),
        store,
      };
      digests.push((await ingestSource({ ...options, cacheFolder: join(folder, `cache-${threads}`), threads })).digest);
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('leaves its record in the store under its source', async () => {
    await csv(ROWS);
    const { digest, snapshot } = await ingest(sourceWith());
    const found = await store.read(`snapshots/trips/${digest.slice('sha256:'.length)}.json`);
    expect(JSON.parse(Buffer.from(found!.bytes).toString())).toEqual(snapshot);
  });
});

describe('a bad row', () => {
  it('goes to quarantine with its reason, and the others stay', async () => {
    await csv([
      'nonsense,1,ATL',
      '2001-01-01 00:00:00,x,ATL',
      '2001-01-01 00:00:00,,ATL',
      '2001-01-01 00:00:00,9007199254740993,ATL',
      '2001-01-01 00:00:00,7,XXX',
      '2001-01-01 00:00:00,-500,ATL',
      '2001-01-01 00:00:00,1,ATL',
    ]);
    const columns = {
      at: COLUMNS.at,
      delay: column('int', { min: -100, maxMissingShare: 1 }),
      origin: column('string', { allowed: ['ATL', "O'Hare"] }),
    };
    const { snapshot } = await ingest(sourceWith({ columns }));
    expect(snapshot).toMatchObject({ rows: 1, quarantined: 6 });
    const rows = await rowsOf(snapshot.quarantine!.digest, 'reason, unread');
    expect(rows.slice(0, 3).map(({ unread }) => unread)).toEqual(['nonsense', 'x', null]);
    expect(rows.map(({ reason }) => reason)).toEqual([
      'at: not a timestamp',
      'delay: not an int',
      'observedAt: no observation time',
      'delay: beyond the exact integers (2^53 - 1)',
      'origin: not an allowed value',
      'delay: below -100',
    ]);
    expect(snapshot.quarantine!.sample).toHaveLength(5);
  });

  it('is NaN or infinite where a double is declared', async () => {
    await csv(['2001-01-01 00:00:00,nan', '2001-01-01 00:00:00,inf', '2001-01-01 00:00:00,1.5'], 'rows.csv', 'at,v');
    const { snapshot } = await ingest(
      sourceWith({ columns: { at: COLUMNS.at, v: column('double') }, observedAt: 'at' }),
    );
    expect(snapshot).toMatchObject({ rows: 1, quarantined: 2 });
  });

  it('stops the snapshot when there are too many, and leaves none', async () => {
    await csv(['2001-01-01 00:00:00,x,ATL', '2001-01-01 00:00:00,1,ATL']);
    const error = await refusal(ingest(sourceWith({ maxQuarantineShare: 0.4 })));
    expect(error.code).toBe('input/bad-data');
    expect(error.message).toContain('1 rows (50 %, at most 40 %) in quarantine: delay: not an int (1)');
    const listed = [];
    for await (const { key } of store.list('snapshots/')) listed.push(key);
    expect(listed).toEqual([]);
  });
});

describe('a check', () => {
  it('fails where too much is missing, and only warns where the source says so', async () => {
    await csv(['2001-01-01 00:00:00,1,', '2001-01-01 00:00:00,1,ATL']);
    expect((await refusal(ingest(sourceWith()))).message).toContain("50 % of 'origin' is missing, more than 0 %");
    const columns = { ...COLUMNS, origin: column('string', { severity: 'warn' }) };
    const { snapshot } = await ingest(sourceWith({ columns }));
    expect(snapshot.checks.find(({ id }) => id === 'data/missing/origin')?.verdict).toBe('warn');
  });

  it('fails where there are too few rows', async () => {
    await csv(ROWS);
    expect((await refusal(ingest(sourceWith({ minRows: 5 })))).message).toContain('4 rows, fewer than 5');
  });

  it('tells of columns that nobody declared', async () => {
    await csv(['2001-01-01 00:00:00,1,ATL,9'], 'rows.csv', 'at,delay,origin,extra');
    const { snapshot } = await ingest(sourceWith());
    expect(snapshot.checks.find(({ id }) => id === 'data/undeclared')?.sentence).toContain('extra');
  });
});

describe('data that cannot be read', () => {
  it('is named with every column that is missing or of another type', async () => {
    await parquet("SELECT 1 AS at, 'x' AS delay, 1 AS Origin");
    const error = await refusal(ingest(sourceWith({ data: PARQUET })));
    expect(error.code).toBe('input/bad-data');
    expect(error.findings.map(({ message }) => message)).toEqual([
      "'at' is INTEGER, expected timestamp",
      "'delay' is VARCHAR, expected int",
      "there is no column 'origin' (but 'Origin')",
    ]);
  });

  it.each([
    ['cut off', async (path: string) => truncate(path, 300)],
    ['empty', async (path: string) => truncate(path, 0)],
    ['no Parquet at all', async (path: string) => writeFile(path, 'hello')],
    [
      'damaged inside',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes.fill(0xff, 10, 200);
        await writeFile(path, bytes);
      },
    ],
  ])('is a Parquet file that is %s', async (_, damage) => {
    const path = await parquet(
      "SELECT TIMESTAMP '2001-01-01' + INTERVAL (i) MINUTE AS at, i AS delay, 'k' || i AS origin FROM range(5000) t(i)",
    );
    await damage(path);
    const error = await refusal(ingest(sourceWith({ data: PARQUET })));
    expect(error).toMatchObject({ name: 'SignalboxError', code: 'input/bad-data' });
    expect(error.message).toContain("the data of 'trips' cannot be read");
    expect(error.hint).toContain('rows.parquet');
  });

  it.each([
    ['too few fields', 'x,y', '3 fields were expected, 2 are there: x,y'],
    [
      'too many fields',
      '2001-01-01 00:00:00,1,ATL,9',
      '3 fields were expected, 4 are there: 2001-01-01 00:00:00,1,ATL,9',
    ],
    ['an open quote', '2001-01-01 00:00:00,1,"ATL', 'Value with unterminated quote found: 2001-01-01 00:00:00,1,"ATL'],
  ])('is a CSV row with %s, which is named by file and line', async (_, row, reason) => {
    const good = Array.from(
      { length: 48 },
      (_, minute) => `2001-01-01 00:${String(minute).padStart(2, '0')}:00,1,"A,TL"`,
    );
    await csv([...good, row, ...good]);
    const error = await refusal(ingest(sourceWith()));
    expect(error.code).toBe('input/bad-data');
    expect(error.message).toBe(`the data of 'trips' cannot be read: ${join(folder, 'data', 'rows.csv')}:50: ${reason}`);
    expect(error.hint).toContain('Mend this row');
  });

  it('is a CSV row that is not UTF-8', async () => {
    await csv(ROWS);
    await writeFile(join(folder, 'data', 'rows.csv'), Buffer.from(`${HEADER}\n2001-01-01,1,Z\u00fcrich\n`, 'latin1'));
    expect((await refusal(ingest(sourceWith()))).message).toMatch(/rows\.csv:2: Invalid unicode .* not utf-8 encoded/);
  });

  it('is a CSV file with another separator, whose one column is named', async () => {
    await csv(['2001-01-01 00:00:00;1;ATL'], 'rows.csv', 'at;delay;origin');
    expect((await refusal(ingest(sourceWith()))).hint).toBe(
      'The first line names, separated by commas: at;delay;origin.',
    );
  });

  it.each([
    ['data/none.csv', 'there is no file data/none.csv'],
    ['data/none-*.csv', 'no file matches data/none-*.csv'],
    ['npm:no-such-package/rows.csv', 'there is no file npm:no-such-package/rows.csv'],
  ])('is not there: %s', async (path, message) => {
    const error = await refusal(ingest(sourceWith({ data: { format: 'csv', path } })));
    expect(error.message).toBe(message);
    expect(error.hint).toBeTruthy();
  });
});

describe('the columns of CSV files', () => {
  it('are found by name, in any order and also where the files do not agree', async () => {
    await csv(['ATL,2001-01-01 00:00:00,1'], 'a.csv', 'origin,at,"delay"');
    expect((await ingest(sourceWith())).snapshot.rows).toBe(1);
    await csv(['2,2001-01-01 00:00:00,ORD'], 'b.csv', 'delay,at,origin');
    const { snapshot } = await ingest(sourceWith());
    expect(await rowsOf(snapshot.files[0]!.digest, 'delay, origin')).toEqual([
      { delay: 1, origin: 'ATL' },
      { delay: 2, origin: 'ORD' },
    ]);
  });

  it('are read behind a byte-order mark, and with the line ends of Windows', async () => {
    await csv([...ROWS.map((row) => `${row}\r`)], 'rows.csv', `\u{feff}${HEADER}\r`);
    expect((await ingest(sourceWith())).snapshot.rows).toBe(4);
  });

  it.each([
    ['a,b', ['a', 'b']],
    ['"a,1","say ""b""",c', ['a,1', 'say "b"', 'c']],
    ['a;b', ['a;b']],
    ['a,A', null],
    ['a,', null],
    ['a,"b', null],
    ['', null],
  ])('are the fields of the first line: %s', (line, names) => {
    expect(parseHeader(line)).toEqual(names);
  });
});

describe('a path', () => {
  it('may name a file of a package that is installed in the repository', async () => {
    await csv(ROWS);
    await mkdir(join(folder, 'node_modules', '@scope', 'trips'), { recursive: true });
    await copyFile(join(folder, 'data', 'rows.csv'), join(folder, 'node_modules', '@scope', 'trips', 'rows.csv'));
    const { snapshot } = await ingest(sourceWith({ data: { format: 'csv', path: 'npm:@scope/trips/rows.csv' } }));
    expect(snapshot.rows).toBe(4);
  });

  it('may hold quotes, which are no SQL', async () => {
    await csv(ROWS, "it's.csv");
    expect((await ingest(sourceWith({ data: { format: 'csv', path: "data/it's.csv" } }))).snapshot.rows).toBe(4);
  });
});
