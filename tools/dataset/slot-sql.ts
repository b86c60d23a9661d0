import {
  checkExpression,
  columnVariables,
  expressionToSql,
  type PartialSlot,
  type WindowFeature,
} from '@signalbox/contracts';
import type { PlannedSlot, ViewPlan } from './view-plan.js';

/**
 * Slots in SQL. All are DOUBLE, as they are online: integers are exact up to 2^53 whatever the order of a sum. An absent tile is NULL
 * in every slot, and merging ignores NULL.
 */
export const slotColumn = ({ index }: PlannedSlot): string => `s${index}`;

/** Slots of one expression share its column; a slot that counts every event has none. */
const inputColumn = ({ input }: PlannedSlot): string | null => (input === null ? null : `x${input}`);

/** `expression AS x0, …`: what an event gives, NULL where it is ignored. A text can only be counted, so it becomes a number. */
export function inputsSql({ view, inputs }: ViewPlan): string[] {
  const variables = columnVariables(view.source.columns);
  return inputs.map((input, index) => {
    const value = expressionToSql(input, variables);
    const check = checkExpression(input, variables, 'string');
    return `CAST(${check.ok ? `CASE WHEN ${value} IS NOT NULL THEN 1 END` : value} AS DOUBLE) AS x${index}`;
  });
}

/** One slot of events: `sum(x0)`, `count(*)`; with a condition, of those where it holds. */
export function slotOfEvents(slot: PlannedSlot, filter?: string): string {
  const column = inputColumn(slot);
  const aggregate = slot.slot.op === 'count' ? `count(${column ?? '*'})` : `${slot.slot.op}(${column})`;
  return `CAST(${aggregate}${filter === undefined ? '' : ` FILTER (${filter})`} AS DOUBLE)`;
}

/** `sum(x0) AS s0, …`: tiles from events. */
export const eventsToSlots = (plan: ViewPlan): string =>
  plan.slots.map((slot) => `${slotOfEvents(slot)} AS ${slotColumn(slot)}`).join(', ');

const MERGES: Record<PartialSlot['op'], string> = { count: 'sum', sum: 'sum', min: 'min', max: 'max' };

/** `sum(s0) AS s0, …`: tiles from tiles. */
export const mergeSlotsSql = (plan: ViewPlan): string =>
  plan.slots.map((slot) => `${MERGES[slot.slot.op]}(${slotColumn(slot)}) AS ${slotColumn(slot)}`).join(', ');

/** One slot merged from columns that may be NULL; NULL when all are, and 0 for a sum or count then. */
export function mergedColumns({ slot }: PlannedSlot, columns: readonly string[]): string {
  switch (slot.op) {
    case 'count':
    case 'sum':
      return columns.map((column) => `coalesce(${column}, 0)`).join(' + ');
    case 'min':
      return columns.length === 1 ? columns[0]! : `least(${columns.join(', ')})`;
    case 'max':
      return columns.length === 1 ? columns[0]! : `greatest(${columns.join(', ')})`;
  }
}

/** The value of a feature from its slots, as `finalize` has it: an empty window counts 0 and is NULL in everything else. */
export function featureSql(feature: WindowFeature, slotSql: (index: number) => string): string {
  const [first, second] = feature.slots.map(slotSql) as [string, string | undefined];
  switch (feature.function) {
    case 'count':
    case 'min':
    case 'max':
      return first;
    case 'sum':
      return `CASE WHEN ${second} > 0 THEN ${first} END`;
    case 'mean':
    case 'share':
      return `CASE WHEN ${second} > 0 THEN (${first}) / (${second}) END`;
  }
}
