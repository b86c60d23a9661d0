import { columnVariables, expressionToSql, type PartialSlot, type WindowFeature } from '@signalbox/contracts';
import type { PlannedSlot, ViewPlan } from './view-plan.js';

/**
 * Slots in SQL. All are DOUBLE, as they are online: integers are exact up to 2^53 whatever the order of a sum. An absent tile is NULL
 * in every slot, and merging ignores NULL.
 */
export const slotColumn = ({ index }: PlannedSlot): string => `s${index}`;
export const inputColumn = ({ index }: PlannedSlot): string => `x${index}`;

/** `expression AS x0, …`: what each slot takes of an event, NULL where it ignores it. */
export function inputsSql({ view, slots }: ViewPlan): string[] {
  const variables = columnVariables(view.source.columns);
  return slots.map((planned) => {
    const { input } = planned.slot;
    const value = input === null ? '1' : expressionToSql(input, variables);
    const counted =
      planned.slot.op === 'count' && input !== null ? `CASE WHEN (${value}) IS NOT NULL THEN 1 END` : `(${value})`;
    // Through INTEGER where it is a bool: a bool has no cast to DOUBLE.
    return `CAST(${counted} AS DOUBLE) AS ${inputColumn(planned)}`;
  });
}

const AGGREGATES: Record<PartialSlot['op'], string> = { count: 'sum', sum: 'sum', min: 'min', max: 'max' };

/** `sum(x0) AS s0, …`: tiles from events. A count adds the ones that its input column holds. */
export const eventsToSlots = (plan: ViewPlan): string =>
  plan.slots.map((slot) => `${AGGREGATES[slot.slot.op]}(${inputColumn(slot)}) AS ${slotColumn(slot)}`).join(', ');

/** `sum(s0) AS s0, …`: tiles from tiles, where a condition holds. */
export const mergeSlotsSql = (
  plan: ViewPlan,
  options: { readonly suffix?: string; readonly filter?: string } = {},
): string =>
  plan.slots
    .map((slot) => {
      const filter = options.filter === undefined ? '' : ` FILTER (${options.filter})`;
      return `${AGGREGATES[slot.slot.op]}(${slotColumn(slot)})${filter} AS ${slotColumn(slot)}${options.suffix ?? ''}`;
    })
    .join(', ');

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
