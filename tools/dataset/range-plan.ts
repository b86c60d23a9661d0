import { eventsOfKeysSql, type Span, type ViewInputs } from './prepare-view.js';
import { SHIFT_US } from './shifted-time.js';
import { featureSql, inputsSql, slotColumn, slotOfEvents } from './slot-sql.js';
import type { PlannedWindow, ViewPlan } from './view-plan.js';

/**
 * The simple plan, and the readable definition: each request is joined to all events of its key in the longest window that it may see. Its cost is
 * the number of such pairs, so it is chosen where that is small.
 * `visible` may tighten what a request sees: SQL over the extra columns of events and requests.
 */
export function rangePlanStatements(
  plan: ViewPlan,
  { inputs, span, output, visible = 'true' }: { inputs: ViewInputs; span: Span; output: string; visible?: string },
): string[] {
  const { view, windows, slots } = plan;
  const columns = [
    'keys.kid',
    `events.event_ts + ${SHIFT_US} AS e`,
    `events.arrival_ts + ${SHIFT_US} AS arrival`,
    ...(inputs.extraColumns?.events ?? []),
    ...inputsSql(plan),
  ];
  const aggregates = windows.flatMap((window, k) =>
    slots.map((slot) => `${slotOfEvents(slot, `e >= ${window.fromSql}`)} AS ${slotColumn(slot)}_${k}`),
  );
  const featuresOf = (window: PlannedWindow, k: number): string[] =>
    window.features.map((feature) => {
      const value = featureSql(feature, (slot) => {
        const { op } = view.slots[slot]!;
        return op === 'count' || op === 'sum' ? `coalesce(s${slot}_${k}, 0)` : `s${slot}_${k}`;
      });
      return `${value} AS "${view.name}.${feature.name}"`;
    });
  return [
    `CREATE OR REPLACE TEMP TABLE event_rows AS SELECT ${columns.join(', ')} FROM ${eventsOfKeysSql(plan, inputs, span)}`,
    `CREATE OR REPLACE TEMP TABLE ${output} AS
     SELECT asked.rid, ${windows.flatMap(featuresOf).join(', ')}
     FROM asked LEFT JOIN (
       SELECT rid, ${aggregates.join(', ')}
       FROM asked JOIN event_rows USING (kid)
       WHERE e < t - ${view.delayUs} AND arrival <= t AND e >= ${windows.at(-1)!.fromSql} AND ${visible}
       GROUP BY rid
     ) USING (rid)`,
  ];
}
