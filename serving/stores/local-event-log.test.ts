import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventLogLaws, partitionedLogLaws } from './conformance/event-log.js';
import type { NewEvent } from './event-log.js';
import { LocalEventLog, type LocalEventLogOptions } from './local-event-log.js';

const DIST = resolve(import.meta.dirname, '../dist/stores/index.js');

let root: string;
let opened: LocalEventLog[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-log-'));
  opened = [];
});
afterEach(async () => {
  for (const log of opened) await log.close();
  await rm(root, { recursive: true, force: true });
});

function openLog(options: LocalEventLogOptions = {}): LocalEventLog {
  const log = new LocalEventLog(root, options);
  opened.push(log);
  return log;
}

const events = (from: number, count: number): NewEvent[] =>
  Array.from({ length: count }, (_, i) => ({ eventTs: 0, arrivalTs: from + i, key: 'k', row: { n: from + i } }));

async function contents(log: LocalEventLog): Promise<unknown[]> {
  return (await log.read('t', 0, { from: 0, max: 1e6 })).map((event) => event.row.n);
}

describe('the local event log keeps the laws of event logs', () => {
  for (const law of eventLogLaws) it(law.name, () => law.run({ store: openLog(), another: async () => openLog() }));
  for (const law of eventLogLaws)
    it(`${law.name}, with segments of one append`, () =>
      law.run({ store: openLog({ segmentBytes: 1 }), another: async () => openLog() }));
  for (const law of partitionedLogLaws)
    it(law.name, () => law.run({ store: openLog({ partitions: 4 }), another: async () => openLog() }));
});

describe('the local event log after a crash', () => {
  const newestSegment = async () => {
    const folder = join(root, 't', '0');
    return join(folder, (await readdir(folder)).sort().at(-1)!);
  };

  it('shows whole appends only, wherever the file is cut, and the next writer continues there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        async (sizes, cut, garbage) => {
          await rm(root, { recursive: true, force: true });
          const writer = new LocalEventLog(root);
          const ends: { bytes: number; offset: number }[] = [{ bytes: 0, offset: 0 }];
          for (const size of sizes) {
            await writer.append('t', events(ends.at(-1)!.offset, size));
            ends.push({
              bytes: (await readFile(await newestSegment())).length,
              offset: ends.at(-1)!.offset + size,
            });
          }
          await writer.close();
          const cutAt = Math.floor(cut * ends.at(-1)!.bytes);
          await truncate(await newestSegment(), cutAt);
          if (garbage) await appendFile(await newestSegment(), Buffer.alloc(200, 0x5a));
          const kept = ends.findLast((end) => end.bytes <= cutAt)!.offset;
          const expected = Array.from({ length: kept }, (_, i) => i);

          const reader = new LocalEventLog(root);
          expect(await contents(reader)).toEqual(expected);
          const next = new LocalEventLog(root);
          await next.append('t', events(kept, 3));
          const all = [...expected, kept, kept + 1, kept + 2];
          expect(await contents(reader)).toEqual(all);
          expect(await contents(next)).toEqual(all);
          await reader.close();
          await next.close();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('leaves out a newest append whose bytes never reached the disk, and reports damage before it', async () => {
    const log = openLog();
    await log.append('t', events(0, 3));
    await log.append('t', events(3, 3));
    await log.close();
    const path = await newestSegment();
    const bytes = await readFile(path);
    const tornTail = Buffer.from(bytes);
    tornTail.fill(0, bytes.length - 20);
    await writeFile(path, tornTail);
    expect(await contents(openLog())).toEqual([0, 1, 2]);
    const damaged = Buffer.from(bytes);
    damaged[60]! ^= 1;
    await writeFile(path, damaged);
    await expect(contents(openLog())).rejects.toMatchObject({ code: 'store/corrupt' });
  });

  it('says when a segment is missing', async () => {
    const log = openLog({ segmentBytes: 1 });
    for (let i = 0; i < 3; i++) await log.append('t', events(i * 2, 2));
    await rm(join(root, 't', '0', '00000000000000000002.log'));
    await expect(contents(openLog())).rejects.toMatchObject({ code: 'store/corrupt' });
  });
});

describe('the local event log between processes', () => {
  it('has one writer at a time, and the next one starts when it has closed or died', async () => {
    const first = openLog();
    await first.append('t', events(0, 1));
    const second = openLog({ lockWaitMs: 20 });
    await expect(second.append('t', events(1, 1))).rejects.toMatchObject({
      code: 'store/unavailable',
      message: expect.stringContaining('locked by process'),
    });
    await first.close();
    await second.append('t', events(1, 1));
    expect(await contents(second)).toEqual([0, 1]);
  });

  it('loses nothing that was acknowledged when the writer is killed', async () => {
    const script = `
      import { openEventLog } from ${JSON.stringify(DIST)};
      const log = openEventLog(${JSON.stringify(root)});
      for (let i = 0; ; i += 50) {
        await log.append('t', Array.from({ length: 50 }, (_, k) => ({ eventTs: 0, arrivalTs: i + k, key: 'k', row: { n: i + k } })));
        process.stdout.write(i + 50 + '\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let output = '';
    await new Promise<void>((done, fail) => {
      child.stderr.on('data', (chunk) => fail(new Error(String(chunk))));
      child.stdout.on('data', (chunk) => {
        output += chunk;
        if (output.split('\n').length > 20) child.kill('SIGKILL');
      });
      child.on('close', () => done());
    });
    const acknowledged = Number(output.trimEnd().split('\n').at(-1));
    const next = openLog();
    await next.append('t', events(1e6, 1));
    const found = await contents(next);
    expect(found.length - 1).toBeGreaterThanOrEqual(acknowledged);
    expect((found.length - 1) % 50).toBe(0);
    expect(found.slice(0, -1)).toEqual(Array.from({ length: found.length - 1 }, (_, i) => i));
  });
});
