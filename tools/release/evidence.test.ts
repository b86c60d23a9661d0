import { describe, expect, it } from 'vitest';
import { cellWith } from '../../tests/support/evidence-cells.js';
import { statusOf } from '../../tests/support/written-evidence.js';
import type { PodReport } from '../evidence/index.js';
import { evidenceFor } from './evidence.js';

const report = (pod: string, change: Partial<PodReport> = {}): PodReport => ({
  ...{ pod, status: statusOf(pod, { serial: 2, sequence: 1 }), fresh: true, problem: null },
  models: new Map([['m', { cells: [cellWith({ asked: 3 })], problem: null }]]),
  ...change,
});

describe('what counts of a model', () => {
  it('is what each pod said of it, with the reason why it does not count', () => {
    const gap = new Map([['m', { cells: [], problem: 'segment 2 of its evidence is missing' }]]);
    const reports = [
      report('whole'),
      report('silent', { fresh: false, models: new Map() }),
      report('partial', { models: gap }),
      report('early', { problem: 'its clock is 600 s ahead', fresh: false }),
      report('nameless', { status: null, fresh: false, problem: 'what it wrote is no status', models: new Map() }),
    ];
    const said = evidenceFor(reports, 'm').map(({ appliedSerial, cells, fresh, pod, problem }) => [
      ...[pod, fresh, appliedSerial, cells.length, problem],
    ]);
    expect(said).toEqual([
      ['whole', true, 2, 1, null],
      ['silent', false, 2, 0, null],
      ['partial', true, 2, 0, 'segment 2 of its evidence is missing'],
      ['early', false, 2, 1, 'its clock is 600 s ahead'],
      ['nameless', false, null, 0, 'what it wrote is no status'],
    ]);
  });

  it('leaves out pods that do not serve it', () => {
    expect(evidenceFor([report('other', { models: new Map() })], 'n')).toEqual([]);
  });
});
