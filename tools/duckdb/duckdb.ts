import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { EXPRESSION_MACROS } from '@signalbox/contracts';
import { duckDbError } from './duckdb-error.js';

export interface DuckDbOptions {
  /** Threads of the engine; all cores unless told. */
  readonly threads?: number;
  /** As DuckDB writes it, such as `4GB`; past it the engine spills into `temporaryFolder`. */
  readonly memoryLimit?: string;
  readonly temporaryFolder?: string;
  /** Aborting interrupts the running statement, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export type DuckDbValue = number | string | boolean | null;

/** An in-memory DuckDB in this process, with the macros of our expressions. Statements run one after another. */
export interface DuckDb {
  /** Runs one or more statements. Throws SignalboxError, see `duckDbError`. */
  run(sql: string): Promise<void>;
  /** All rows; 64-bit integers become numbers, and throw where they are not exact. */
  rows<T extends Readonly<Record<string, DuckDbValue>>>(sql: string): Promise<T[]>;
  /** All columns, in order: the cheap form for many rows. */
  columns(sql: string): Promise<readonly (readonly DuckDbValue[])[]>;
  close(): void;
}

/** Room for a big join on a small machine; more is spilled to disk. */
const DEFAULT_MEMORY = '4GB';

export async function openDuckDb(options: DuckDbOptions = {}): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? availableParallelism()),
    memory_limit: options.memoryLimit ?? DEFAULT_MEMORY,
    // The engine's own default is a folder in the working folder, which is somebody's repository.
    temp_directory: options.temporaryFolder ?? join(tmpdir(), 'signalbox-duckdb'),
    // Nothing is fetched from the network, and no setting is read from the home folder.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  options.signal?.addEventListener('abort', interrupt);
  const database = wrap(connection, options.signal, () => {
    options.signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  });
  for (const macro of EXPRESSION_MACROS) await database.run(macro);
  return database;
}

/** Opens, runs, and closes whatever happens. */
export async function withDuckDb<T>(options: DuckDbOptions, use: (database: DuckDb) => Promise<T>): Promise<T> {
  const database = await openDuckDb(options);
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

function wrap(connection: DuckDBConnection, signal: AbortSignal | undefined, close: () => void): DuckDb {
  const read = async (sql: string) => {
    signal?.throwIfAborted();
    try {
      return await connection.runAndReadAll(sql);
    } catch (error) {
      signal?.throwIfAborted();
      throw duckDbError(error, sql);
    }
  };
  return {
    run: async (sql) => {
      await read(sql);
    },
    rows: async <T extends Readonly<Record<string, DuckDbValue>>>(sql: string) => {
      const found = (await read(sql)).getRowObjectsJS();
      return found.map(
        (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])) as T,
      );
    },
    columns: async (sql) => (await read(sql)).getColumnsJS().map((column) => column.map(plain)),
    close,
  };
}

function plain(value: unknown): DuckDbValue {
  if (typeof value !== 'bigint') return value as DuckDbValue;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is not an exact number`);
  return number;
}
