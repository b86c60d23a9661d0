import { quoteIdentifier } from '@signalbox/contracts';
import { SHIFT_US } from './shifted-time.js';
import { inputsSql } from './slot-sql.js';
import type { ViewPlan } from './view-plan.js';

/** Where a plan reads: relations in SQL, and what they are called. */
export interface ViewInputs {
  /** A relation with the source's columns, `event_ts`, `arrival_ts`; with `extraColumns` where named. */
  readonly events: string;
  /** A relation with `rid` (a number a row, unique), `at_us`, and the columns of `requestKeys`. */
  readonly requests: string;
  /** The column of each entity key in `requests`, in key order. */
  readonly requestKeys: readonly string[];
  /** Columns that are carried through to `event_rows` (of events) and to `asked` (of requests). */
  readonly extraColumns?: { readonly events: readonly string[]; readonly requests: readonly string[] };
}

/**
 * Common to both plans. Keys become numbers (`kid`), so that every join is on one integer, and only keys that are asked for are kept:
 *
 *   asked(rid, kid, t)                one row a request; t is its shifted time; kid is NULL for a NULL key, which nothing joins
 *   event_rows(kid, e, arrival, x…)   events that some request may see, shifted, with the input of each slot
 */
export function prepareStatements(plan: ViewPlan, inputs: ViewInputs): string[] {
  const { view } = plan;
  const eventKeys = view.keyColumns.map(quoteIdentifier);
  const requestKeys = inputs.requestKeys.map(quoteIdentifier);
  const joined = (left: string, columns: readonly string[]): string =>
    columns.map((column, index) => `${left}.${column} = keys.k${index}`).join(' AND ');
  const longest = plan.windows.at(-1)!;
  const extra = inputs.extraColumns ?? { events: [], requests: [] };
  return [
    `CREATE OR REPLACE TEMP TABLE keys AS
     SELECT ${requestKeys.map((_, index) => `k${index}`).join(', ')}, row_number() OVER () AS kid
     FROM (SELECT DISTINCT ${requestKeys.map((key, index) => `${key} AS k${index}`).join(', ')} FROM ${inputs.requests}
           WHERE ${requestKeys.map((key) => `${key} IS NOT NULL`).join(' AND ')})`,
    `CREATE OR REPLACE TEMP TABLE asked AS
     SELECT ${['requests.rid', 'keys.kid', `requests.at_us + ${SHIFT_US} AS t`, ...extra.requests].join(', ')}
     FROM ${inputs.requests} AS requests LEFT JOIN keys ON ${joined('requests', requestKeys)}`,
    `CREATE OR REPLACE TEMP TABLE span AS SELECT min(${longest.fromSql}) AS from_t, max(t) AS to_t FROM asked`,
    `CREATE OR REPLACE TEMP TABLE event_rows AS
     SELECT ${['keys.kid', `events.event_ts + ${SHIFT_US} AS e`, `events.arrival_ts + ${SHIFT_US} AS arrival`, ...extra.events, ...inputsSql(plan)].join(', ')}
     FROM ${inputs.events} AS events JOIN keys ON ${joined('events', eventKeys)}
     WHERE events.event_ts + ${SHIFT_US} >= (SELECT from_t FROM span) AND events.event_ts + ${SHIFT_US} < (SELECT to_t FROM span)`,
  ];
}
