import type { CompiledAggregateView } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';
import { prepareStatements, type ViewInputs } from './prepare-view.js';
import { rangePlanStatements } from './range-plan.js';
import { tilePlanStatements } from './tile-plan.js';
import { planView } from './view-plan.js';

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
  /** Tightens what a request sees, SQL over `event_rows` and `asked`; needs the range plan, and takes it. */
  readonly visible?: string;
}

/** Below this many (request, event) pairs the range join is done before the tile plan has made its tables. */
const MAX_RANGE_PAIRS = 1_000_000;

const TEMPORARY_TABLES = [
  'keys',
  'asked',
  'span',
  'event_rows',
  'located',
  'placed',
  'grid',
  'recent_tile',
  'cell_tile',
  'day_tile',
  'head_part',
  'head',
];

/** Computes the window features of one view for all requests, point-in-time right, into a table. */
export async function computeView(database: DuckDb, computation: ViewComputation): Promise<PlanKind> {
  const plan = planView(computation.view, computation.wanted);
  for (const statement of prepareStatements(plan, computation.inputs)) await database.run(statement);
  const kind = computation.plan ?? (computation.visible === undefined ? await cheaperPlan(database) : 'range');
  const statements =
    kind === 'tiles'
      ? tilePlanStatements(plan, computation.output)
      : rangePlanStatements(plan, computation.output, computation.visible);
  for (const statement of statements) await database.run(statement);
  const perWindow = plan.windows.flatMap((_, k) => [`tail_${k}`, `middle_${k}`]);
  await database.run([...TEMPORARY_TABLES, ...perWindow].map((table) => `DROP TABLE IF EXISTS ${table}`).join('; '));
  return kind;
}

/** By the number of pairs of a request and an event of its key: an upper bound of what the range join looks at. */
async function cheaperPlan(database: DuckDb): Promise<PlanKind> {
  const [row] = await database.rows<{ pairs: number | null }>(`
    SELECT CAST(sum(requests * events) AS DOUBLE) AS pairs FROM (SELECT kid, count(*) AS requests FROM asked GROUP BY kid)
    JOIN (SELECT kid, count(*) AS events FROM event_rows GROUP BY kid) USING (kid)`);
  return (row?.pairs ?? 0) <= MAX_RANGE_PAIRS ? 'range' : 'tiles';
}
