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

const firstLine = (message: string): string => message.split('\n')[0] ?? message;
