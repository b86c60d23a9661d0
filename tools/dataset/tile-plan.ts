import { floorToHop, HOPS_US } from '@signalbox/contracts';
import { eventsOfKeysSql, type Span, type ViewInputs } from './prepare-view.js';
import { SHIFT_US } from './shifted-time.js';
import { eventsToSlots, featureSql, inputsSql, mergedColumns, mergeSlotsSql, slotColumn } from './slot-sql.js';
import { cellUsOf, type PlannedWindow, type ViewPlan } from './view-plan.js';

/**
 * The tile plan: leak-proof windows by equality joins only, whatever the window or the hottest key.
 *
 * Let seen = max(arrival, e + delay + 1): an event is visible at t iff seen <= t, so the embargo, the arrival and the strict head are one comparison. Time is
 * cut into cells (an hour; five minutes for short windows). With h the cell of t and l the cell where a window's tail is cut, a visible event of
 * the window [from, A) falls into exactly one of
 *
 *   head    seen in cell h                    raw rows, seen <= t and e >= from; tagged with the shortest window that holds them
 *   tail    seen before, happened in cell l   raw rows, e >= from; none where the tail lies on a cell's edge, as a sawtooth's often does
 *   middle  seen before, happened after l     tiles, once for each (key, h)
 *
 * Middle tiles are by (happened, seen) while events of their cell can still be unseen (`recent`), and by cell or day once all have been (`settled`): lateness
 * is bounded by the source, so that is `settledCells` later. Window k holds window k-1, so each tile is read for one segment only, (l_k, l_k-1], and a window
 * merges the segments up to its own. Nothing is ever subtracted.
 *
 * Method: the leak-proof exact tiles of the reference in bench/dataset/, with its on-time and late rows folded into one rule.
 */
export function tilePlanStatements(plan: ViewPlan, target: TilePlanTarget): string[] {
  const geometry = geometryOf(plan, target.span);
  return [
    locatedStatement(plan, geometry, target),
    ...tileStatements(plan, geometry),
    headStatement(plan),
    ...plan.windows.flatMap((window, k) => tailStatements(plan, geometry, { window, k })),
    ...plan.windows.flatMap((_, k) => middleStatements(plan, geometry, k)),
    middleOfWindowsStatement(plan, geometry),
    valuesStatement(plan, geometry, target.output),
  ];
}

interface TilePlanTarget {
  readonly inputs: ViewInputs;
  readonly span: Span;
  readonly output: string;
}

/** Room for cells below the key in one number: 2^32 cells of five minutes are 40,000 years. */
const CELLS_PER_KEY = 4_294_967_296;

interface TailCell {
  /** SQL of the cell l, over the request's cell `h` alone, or over its time `t`. */
  readonly sql: string;
  readonly overTime: boolean;
  /** No raw rows: the tail lies on the edge after cell l. */
  readonly aligned: boolean;
}

interface Geometry {
  readonly cellUs: number;
  readonly cellsPerDay: number;
  /** Nothing before it is read. */
  readonly firstCell: number;
  readonly tails: readonly TailCell[];
  /** Events that happened in cell c have all been seen before cell c + settledCells + 1. */
  readonly settledCells: number;
  /** Nothing that is seen before cell h happened in a cell after h - 1 - delayCells. */
  readonly delayCells: number;
  /** What middle tiles are grouped by: the key and cell, and each tail cell that depends on more. */
  readonly gridColumns: readonly string[];
}

function geometryOf(plan: ViewPlan, span: Span): Geometry {
  const cellUs = cellUsOf(plan);
  const { delayUs, source } = plan.view;
  const tails = plan.windows.map((window) => tailCell(window, delayUs, cellUs));
  return {
    cellUs,
    cellsPerDay: HOPS_US[0] / cellUs,
    firstCell: floorToHop(span.fromUs, cellUs) / cellUs + SHIFT_US / cellUs,
    tails,
    settledCells: Math.floor((cellUs - 1 + Math.max(source.allowedLatenessUs, delayUs + 1)) / cellUs),
    delayCells: Math.floor(delayUs / cellUs),
    gridColumns: ['cell', 'h', ...tails.flatMap(({ overTime }, k) => (overTime ? [`l${k}`] : []))],
  };
}

function tailCell({ windowUs, hopUs }: PlannedWindow, delayUs: number, cellUs: number): TailCell {
  const back = windowUs + delayUs;
  const aligned = hopUs > 0 && hopUs % cellUs === 0;
  const overTime = back % cellUs !== 0;
  const from = overTime ? `(t - ${back})` : `(h * ${cellUs} - ${back})`;
  return {
    sql: aligned ? `(${from} // ${hopUs} * ${hopUs / cellUs} - 1)` : `(${from} // ${cellUs})`,
    overTime,
    aligned,
  };
}

const tailColumn = (tail: TailCell, k: number): string => (tail.overTime ? `l${k}` : tail.sql);

/** The events, each with the cell in which it happened and the one in which it was seen. */
function locatedStatement(plan: ViewPlan, { cellUs }: Geometry, { inputs, span }: TilePlanTarget): string {
  const e = `(events.event_ts + ${SHIFT_US})`;
  const seen = `greatest(events.arrival_ts + ${SHIFT_US}, ${e} + ${plan.view.delayUs + 1})`;
  const cell = (time: string): string => `keys.kid * ${CELLS_PER_KEY} + ${time} // ${cellUs}`;
  const columns = [
    `${cell(e)} AS happened`,
    `${cell(seen)} AS seen_cell`,
    `${e} AS e`,
    `${seen} AS seen`,
    ...inputsSql(plan),
  ];
  return `CREATE OR REPLACE TEMP TABLE located AS SELECT ${columns.join(', ')} FROM ${eventsOfKeysSql(plan, inputs, span)}`;
}

function tileStatements(plan: ViewPlan, { cellUs, cellsPerDay, tails, gridColumns }: Geometry): string[] {
  const overTime = tails.flatMap((tail, k) => (tail.overTime ? [`CAST(${tail.sql} AS BIGINT) AS l${k}`] : []));
  return [
    `CREATE OR REPLACE TEMP TABLE placed AS
     SELECT ${['rid', `kid * ${CELLS_PER_KEY} + h AS cell`, 'h', 't', ...overTime].join(', ')} FROM (SELECT *, t // ${cellUs} AS h FROM asked)`,
    `CREATE OR REPLACE TEMP TABLE grid AS SELECT DISTINCT ${gridColumns.join(', ')} FROM placed WHERE cell IS NOT NULL`,
    `CREATE OR REPLACE TEMP TABLE recent_tile AS
     SELECT happened, seen_cell - happened AS seen_after, ${eventsToSlots(plan)} FROM located GROUP BY happened, seen_after`,
    `CREATE OR REPLACE TEMP TABLE cell_tile AS SELECT happened, ${mergeSlotsSql(plan)} FROM recent_tile GROUP BY happened`,
    `CREATE OR REPLACE TEMP TABLE day_tile AS
     SELECT happened // ${CELLS_PER_KEY} * ${CELLS_PER_KEY} + happened % ${CELLS_PER_KEY} // ${cellsPerDay} AS happened_day, ${mergeSlotsSql(plan)}
     FROM cell_tile GROUP BY happened_day`,
  ];
}

/** Raw rows of the head, by the shortest window that holds them. */
function headStatement(plan: ViewPlan): string {
  const shortest = plan.windows.map(({ fromSql }, k) => `WHEN e >= ${fromSql} THEN ${k}`).join(' ');
  return `CREATE OR REPLACE TEMP TABLE head AS
     SELECT rid, CASE ${shortest} END AS part, ${eventsToSlots(plan)}
     FROM placed JOIN located ON placed.cell = located.seen_cell
     WHERE seen <= t AND e >= ${plan.windows.at(-1)!.fromSql} GROUP BY rid, part`;
}

function tailStatements(
  plan: ViewPlan,
  { tails }: Geometry,
  { window, k }: { window: PlannedWindow; k: number },
): string[] {
  const tail = tails[k]!;
  if (tail.aligned) return [];
  return [
    `CREATE OR REPLACE TEMP TABLE tail_${k} AS
     SELECT rid, ${eventsToSlots(plan)}
     FROM placed JOIN located ON placed.cell - placed.h + ${tailColumn(tail, k)} = located.happened
     WHERE e >= ${window.fromSql} AND seen_cell < cell GROUP BY rid`,
  ];
}

/** Tiles of one segment: cells after the tail of window k, up to the tail of window k-1 (or the newest cell that can have been seen). */
function middleStatements(plan: ViewPlan, geometry: Geometry, k: number): string[] {
  const { tails, settledCells, delayCells, cellsPerDay, gridColumns, firstCell } = geometry;
  const first = `(${tailColumn(tails[k]!, k)} + 1)`;
  const last = k === 0 ? `(h - 1 - ${delayCells})` : tailColumn(tails[k - 1]!, k - 1);
  const columns = gridColumns.join(', ');
  const slots = plan.slots.map(slotColumn).join(', ');
  const settledLast = `least(${last}, h - 1 - ${settledCells})`;
  const spanUs = plan.windows[k]!.windowUs - (k === 0 ? 0 : plan.windows[k - 1]!.windowUs);
  const firstDay = `((${first} + ${cellsPerDay - 1}) // ${cellsPerDay})`;
  const endDay = `greatest(${firstDay}, (${settledLast} + 1) // ${cellsPerDay})`;
  const cells = (from: string, to: string): string =>
    `SELECT ${columns}, unnest(range(greatest(${from}, ${firstCell}), ${to})) AS c FROM grid`;
  const settledCellsOf =
    spanUs < MIN_SPAN_FOR_DAYS_US
      ? [cells(first, `${settledLast} + 1`)]
      : [
          cells(first, `least(${firstDay} * ${cellsPerDay}, ${settledLast} + 1)`),
          cells(`${endDay} * ${cellsPerDay}`, `${settledLast} + 1`),
        ];
  const parts = [
    `SELECT ${columns}, ${slots} FROM (${cells(`greatest(${first}, h - ${settledCells})`, `${last} + 1`)}) AS g
     JOIN recent_tile ON g.cell - g.h + g.c = recent_tile.happened WHERE seen_after < h - c`,
    ...settledCellsOf.map(
      (sql) =>
        `SELECT ${columns}, ${slots} FROM (${sql}) AS g JOIN cell_tile ON g.cell - g.h + g.c = cell_tile.happened`,
    ),
  ];
  if (spanUs >= MIN_SPAN_FOR_DAYS_US) {
    parts.push(`SELECT ${columns}, ${slots}
     FROM (SELECT ${columns}, unnest(range(greatest(${firstDay}, ${Math.floor(firstCell / cellsPerDay)}), ${endDay})) AS c FROM grid) AS g
     JOIN day_tile ON g.cell - g.h + g.c = day_tile.happened_day`);
  }
  return [
    `CREATE OR REPLACE TEMP TABLE middle_${k} AS SELECT ${columns}, ${mergeSlotsSql(plan)} FROM (${parts.join('\n     UNION ALL ')}) GROUP BY ${columns}`,
  ];
}

/** A segment this long holds at least one whole day. */
const MIN_SPAN_FOR_DAYS_US = 2 * HOPS_US[0];

/** `middle`: for each (key, h) the middles of all windows, each with those of the windows that it holds: columns `s0_0`, `s0_1`, … */
function middleOfWindowsStatement({ windows, slots }: ViewPlan, { gridColumns }: Geometry): string {
  const columns = windows.flatMap((_, k) =>
    slots.map((slot) => {
      const parts = windows.slice(0, k + 1).map((__, j) => `middle_${j}.${slotColumn(slot)}`);
      return `${mergedColumns(slot, parts)} AS ${slotColumn(slot)}_${k}`;
    }),
  );
  const joins = windows.map((_, k) => `LEFT JOIN middle_${k} ON ${sameColumns('grid', `middle_${k}`, gridColumns)}`);
  return `CREATE OR REPLACE TEMP TABLE middle AS
     SELECT ${gridColumns.map((column) => `grid.${column}`).join(', ')}, ${columns.join(', ')} FROM grid ${joins.join('\n     ')}`;
}

const sameColumns = (left: string, right: string, columns: readonly string[]): string =>
  columns.map((column) => `${left}.${column} = ${right}.${column}`).join(' AND ');

/** Every part joined to its request, and each window merged from its own: the heads of the windows that it holds, its tail, its middle. */
function valuesStatement(plan: ViewPlan, { tails, gridColumns }: Geometry, output: string): string {
  const { view, windows, slots } = plan;
  const features = windows.flatMap(({ features: wanted }, k) => {
    const merged = (index: number): string => {
      const slot = slots.find((each) => each.index === index)!;
      const column = slotColumn(slot);
      const heads = windows.slice(0, k + 1).map((_, j) => `head_${j}.${column}`);
      const tail = tails[k]!.aligned ? [] : [`tail_${k}.${column}`];
      return mergedColumns(slot, [...heads, ...tail, `middle.${column}_${k}`]);
    };
    return wanted.map((feature) => `${featureSql(feature, merged)} AS "${view.name}.${feature.name}"`);
  });
  const joins = windows.flatMap((_, k) => [
    `LEFT JOIN (FROM head WHERE part = ${k}) AS head_${k} ON placed.rid = head_${k}.rid`,
    ...(tails[k]!.aligned ? [] : [`LEFT JOIN tail_${k} ON placed.rid = tail_${k}.rid`]),
  ]);
  return `CREATE OR REPLACE TEMP TABLE ${output} AS
     SELECT placed.rid, ${features.join(', ')} FROM placed
     ${joins.join('\n     ')}
     LEFT JOIN middle ON ${sameColumns('placed', 'middle', gridColumns)}`;
}
