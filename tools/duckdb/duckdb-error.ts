import { type ErrorCode, SignalboxError } from '@signalbox/contracts';

interface Translation {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable?: boolean;
}

/** What the engine's messages mean to the person who started it. First match wins. */
const TRANSLATIONS: readonly Translation[] = [
  {
    pattern: /no space left|disk full|failed to write|could not write|max_temp_directory_size/i,
    code: 'store/unavailable',
    hint: 'Free some disk space and run it again; nothing half-written is left.',
    retryable: true,
  },
  {
    pattern: /out of memory/i,
    code: 'store/unavailable',
    hint: 'Give it more memory, or a smaller sample.',
    retryable: true,
  },
  {
    pattern:
      /no magic bytes|not a parquet file|corrupt|footer|deserialize|parquet|snappy|zstd|csv|sniff|utf-?8|unicode|TProtocolException|don't know what type/i,
    code: 'input/bad-data',
    hint: 'Check that the file is complete and of the declared format; fetch it again if it was cut off.',
  },
  {
    pattern: /no files found|no such file|cannot open file/i,
    code: 'input/bad-data',
    hint: 'Check the path of the data.',
  },
];

/** An error of the engine as one of ours: bad data, a full disk, or a statement that we should not have written. */
export function duckDbError(error: unknown, sql: string): SignalboxError {
  const message = error instanceof Error ? error.message : String(error);
  const row = malformedRow(message);
  if (row !== null) return new SignalboxError('input/bad-data', row, { hint: ROW_HINT, cause: error });
  const known = TRANSLATIONS.find(({ pattern }) => pattern.test(message));
  if (known && !/^(parser|binder|catalog) error/i.test(message)) {
    return new SignalboxError(known.code, firstLine(message), {
      hint: known.hint,
      cause: error,
      ...(known.retryable === undefined ? {} : { retryable: known.retryable }),
    });
  }
  return new SignalboxError('internal/bug', `DuckDB refused a statement: ${firstLine(message)}`, {
    hint: `Please report it, with this statement: ${sql.slice(0, 400)}`,
    cause: error,
  });
}

const ROW_HINT =
  'Mend this row or take it out: the text is UTF-8, fields are separated by commas, and a field with a comma, a quote or a line break stands in double quotes.';

/** How much of a row is shown. */
const SHOWN_CHARACTERS = 120;

/** Where a row of a CSV file cannot be read, and why; null for any other message. */
function malformedRow(message: string): string | null {
  const found = /CSV Error on Line: (\d+)\s+Original Line:([\s\S]*?)\n([^\n]*)\n+Possible (?:fixes|Solution):/.exec(
    message,
  );
  const file = /^ {2}file = (.*)$/m.exec(message)?.[1];
  if (found === null || file === undefined) return null;
  const [, line, text = '', reason = ''] = found;
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(reason);
  const why = counts ? `${counts[1]} fields were expected, ${counts[2]} are there` : reason.replace(/\.$/, '');
  const row = text.trim().split('\n')[0] ?? '';
  return `${file}:${line}: ${why}: ${row.length > SHOWN_CHARACTERS ? `${row.slice(0, SHOWN_CHARACTERS)}...` : row}`;
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message;
