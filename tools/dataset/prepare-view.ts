import { quoteIdentifier } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';
import { SHIFT_US } from './shifted-time.js';
import type { ViewPlan } from './view-plan.js';

/** Where a plan reads: relations in SQL, and what their columns are called. */
export interface ViewInputs {
  /** A relation with the source's columns, `event_ts` and `arrival_ts`. */
  readonly events: string;
  /** A relation with `rid` (a number a row, unique), `at_us`, and the columns of `requestKeys`. */
  readonly requests: string;
  /** The column of each entity key in `requests`, in key order. */
  readonly requestKeys: readonly string[];
  /** More columns, which only the range plan carries: of events, and of requests. */
  readonly extraColumns?: { readonly events: readonly string[]; readonly requests: readonly string[] };
}

/** What the requests span: no event that happened before `fromUs`, or happened or arrived after `toUs`, can count for any of them. */
export interface Span {
  readonly requests: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * Common to both plans. Keys become numbers, so that every join is on one integer, and only keys that are asked for are kept:
 *
 *   keys(k0…, kid)        the distinct keys of the requests
 *   asked(rid, kid, t)    one row a request; t is its shifted time; kid is NULL where a key is, which nothing joins
 */
export async function prepareRequests(database: DuckDb, plan: ViewPlan, inputs: ViewInputs): Promise<Span> {
  const keys = inputs.requestKeys.map(quoteIdentifier);
  const names = keys.map((_, index) => `k${index}`);
  await database.run(`
    CREATE OR REPLACE TEMP TABLE keys AS
    SELECT ${names.join(', ')}, row_number() OVER () AS kid FROM (
      SELECT DISTINCT ${keys.map((key, index) => `${key} AS k${index}`).join(', ')} FROM ${inputs.requests}
      WHERE ${keys.map((key) => `${key} IS NOT NULL`).join(' AND ')})`);
  await database.run(`
    CREATE OR REPLACE TEMP TABLE asked AS
    SELECT ${['requests.rid', 'keys.kid', `requests.at_us + ${SHIFT_US} AS t`, ...(inputs.extraColumns?.requests ?? [])].join(', ')}
    FROM ${inputs.requests} AS requests LEFT JOIN keys ON ${keys.map((key, index) => `requests.${key} = keys.k${index}`).join(' AND ')}`);
  const [span] = await database.rows<{ requests: number; from_us: number | null; to_us: number | null }>(
    `SELECT count(*) AS requests, min(${plan.windows.at(-1)!.fromSql}) - ${SHIFT_US} AS from_us, max(t) - ${SHIFT_US} AS to_us FROM asked`,
  );
  return { requests: span?.requests ?? 0, fromUs: span?.from_us ?? 0, toUs: span?.to_us ?? 0 };
}

/**
 * Events that some request may see, with the number of their key: a FROM clause, with the tables `events` and `keys` in it. Bounds are in the files' own
 * time, so that whole row groups are skipped.
 */
export function eventsOfKeysSql({ view }: ViewPlan, inputs: ViewInputs, span: Span): string {
  const keys = view.keyColumns.map((column, index) => `events.${quoteIdentifier(column)} = keys.k${index}`);
  return `${inputs.events} AS events JOIN keys ON ${keys.join(' AND ')}
    WHERE events.event_ts >= ${span.fromUs} AND events.event_ts < ${span.toUs} AND events.arrival_ts <= ${span.toUs}`;
}
