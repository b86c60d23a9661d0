import type { Source, Verdict } from '@signalbox/contracts';

/** What was counted over the rows of a snapshot, the refused ones included. */
export interface SnapshotCounts {
  /** All rows that were observed in time for the snapshot, and those whose times are unknown. */
  readonly considered: number;
  readonly kept: number;
  readonly late: number;
  /** By reason. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** NULLs by column. */
  readonly missing: Readonly<Record<string, number>>;
  /** Columns of the files that nobody declared. */
  readonly undeclared: readonly string[];
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const percent = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;
const idPart = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-');

/** The verdict of each check of a source. `fail` blocks the snapshot; `warn` is reported. */
export function judgeSnapshot(source: Source, counts: SnapshotCounts): Verdict[] {
  return [
    volume(source, counts),
    quarantine(source, counts),
    lateness(source, counts),
    ...Object.keys(source.columns).map((name) => missing(source, name, counts)),
    ...(counts.undeclared.length === 0 ? [] : [undeclared(counts)]),
  ];
}

function volume(source: Source, { kept }: SnapshotCounts): Verdict {
  const enough = kept >= source.minRows;
  return {
    id: 'data/volume',
    verdict: enough ? 'pass' : 'fail',
    sentence: `${kept} rows, ${enough ? 'at least' : 'fewer than'} ${source.minRows}`,
    value: kept,
    bound: source.minRows,
    sampleSize: kept,
  };
}

function quarantine(source: Source, { considered, quarantined }: SnapshotCounts): Verdict {
  const reasons = Object.entries(quarantined).sort(([, a], [, b]) => b - a);
  const rows = reasons.reduce((sum, [, count]) => sum + count, 0);
  const value = share(rows, considered);
  const verdict = value > source.maxQuarantineShare ? 'fail' : rows > 0 ? 'warn' : 'pass';
  const told = reasons.slice(0, 5).map(([reason, count]) => `${reason} (${count})`);
  return {
    id: 'data/quarantine',
    verdict,
    sentence:
      rows === 0
        ? 'no row in quarantine'
        : `${rows} rows (${percent(value)}, at most ${percent(source.maxQuarantineShare)}) in quarantine: ${told.join(', ')}`,
    value,
    bound: source.maxQuarantineShare,
    sampleSize: considered,
  };
}

function lateness(source: Source, { considered, late }: SnapshotCounts): Verdict {
  const allowed = `observed up to ${source.allowedLateness} after they happened`;
  return {
    id: 'data/lateness',
    verdict: late === 0 ? 'pass' : 'warn',
    sentence: late === 0 ? `every row was ${allowed}` : `${late} rows refused: only those ${allowed} are accepted`,
    value: share(late, considered),
    sampleSize: considered,
  };
}

function missing(source: Source, name: string, counts: SnapshotCounts): Verdict {
  const { maxMissingShare, severity } = source.columns[name]!;
  const value = share(counts.missing[name] ?? 0, counts.considered);
  const over = value > maxMissingShare;
  return {
    id: `data/missing/${idPart(name)}`,
    verdict: !over ? 'pass' : severity === 'warn' ? 'warn' : 'fail',
    sentence: `${percent(value)} of '${name}' is missing, ${over ? 'more than' : 'at most'} ${percent(maxMissingShare)}`,
    value,
    bound: maxMissingShare,
    sampleSize: counts.considered,
  };
}

function undeclared({ undeclared: names, considered }: SnapshotCounts): Verdict {
  return {
    id: 'data/undeclared',
    verdict: 'warn',
    sentence: `columns that the source does not declare are not read: ${names.join(', ')}`,
    sampleSize: considered,
  };
}
