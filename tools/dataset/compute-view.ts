import { type CompiledAggregateView, quoteIdentifier } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';
import { eventsOfKeysSql, prepareRequests, type Span, type ViewInputs } from './prepare-view.js';
import { rangePlanStatements } from './range-plan.js';
import { tilePlanStatements } from './tile-plan.js';
import { planView, type ViewPlan } from './view-plan.js';

export type PlanKind = 'tiles' | 'range';

export interface ViewComputation {
  readonly view: CompiledAggregateView;
  /** Names of the features that are wanted; all unless told. */
  readonly wanted?: ReadonlySet<string>;
  readonly inputs: ViewInputs;
  /** The table that is made: `rid`, then one DOUBLE a feature, named `view.feature`. */
  readonly output: string;
  /** Chosen by cost unless told. */
  readonly plan?: PlanKind;
  /** Tightens what a request sees, SQL over the extra columns of the inputs; needs the range plan, and takes it. */
  readonly visible?: string;
}

/** Computes the window features of one view for all requests, point-in-time right, into a table. Answers the plan that did it. */
export async function computeView(database: DuckDb, computation: ViewComputation): Promise<PlanKind> {
  const { inputs, output, visible } = computation;
  const plan = planView(computation.view, computation.wanted);
  const before = new Set(await temporaryTables(database));
  const span = await prepareRequests(database, plan, inputs);
  const kind =
    computation.plan ?? (visible === undefined ? await cheaperPlan(database, plan, { inputs, span }) : 'range');
  const target = { inputs, span, output, ...(visible === undefined ? {} : { visible }) };
  const statements = kind === 'tiles' ? tilePlanStatements(plan, target) : rangePlanStatements(plan, target);
  for (const statement of statements) await database.run(statement);
  const made = (await temporaryTables(database)).filter((table) => table !== output && !before.has(table));
  for (const table of made) await database.run(`DROP TABLE ${quoteIdentifier(table)}`);
  return kind;
}

async function temporaryTables(database: DuckDb): Promise<string[]> {
  const tables = await database.rows<{ name: string }>(
    'SELECT table_name AS name FROM duckdb_tables() WHERE temporary',
  );
  return tables.map(({ name }) => name);
}

/** Below this many (request, event) pairs the range join is done before the tile plan has made its tables. */
const MAX_RANGE_PAIRS = 2_000_000;
/** With more requests than this the tile plan always pays, and the pairs need not be counted. */
const MAX_RANGE_REQUESTS = 20_000;

/** By the number of pairs of a request and an event of its key: an upper bound of what the range join looks at. */
async function cheaperPlan(
  database: DuckDb,
  plan: ViewPlan,
  { inputs, span }: { inputs: ViewInputs; span: Span },
): Promise<PlanKind> {
  if (span.requests > MAX_RANGE_REQUESTS) return 'tiles';
  const [row] = await database.rows<{ pairs: number | null }>(`
    SELECT CAST(sum(requests * events) AS DOUBLE) AS pairs FROM (SELECT kid, count(*) AS requests FROM asked GROUP BY kid)
    JOIN (SELECT kid, count(*) AS events FROM ${eventsOfKeysSql(plan, inputs, span)} GROUP BY kid) USING (kid)`);
  return (row?.pairs ?? 0) <= MAX_RANGE_PAIRS ? 'range' : 'tiles';
}
