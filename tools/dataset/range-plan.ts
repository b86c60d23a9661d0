import { featureSql, inputColumn, slotColumn } from './slot-sql.js';
import type { PlannedWindow, ViewPlan } from './view-plan.js';

/**
 * The simple plan, and the readable definition: each request is joined to all events of its key in the longest window that it may see. Its cost is
 * the number of such pairs, so it is chosen where that is small.
 * `visible` may tighten what a request sees: SQL over `event_rows` and `asked`.
 */
export function rangePlanStatements(plan: ViewPlan, output: string, visible = 'true'): string[] {
  const { view, windows, slots } = plan;
  const aggregates = windows.flatMap((window, index) =>
    slots.map((slot) => {
      const fn = slot.slot.op === 'count' ? 'sum' : slot.slot.op;
      return `${fn}(${inputColumn(slot)}) FILTER (e >= ${window.fromSql}) AS ${slotColumn(slot)}_${index}`;
    }),
  );
  const featuresOf = (window: PlannedWindow, index: number): string[] =>
    window.features.map((feature) => {
      const value = featureSql(feature, (slot) => {
        const { op } = view.slots[slot]!;
        return op === 'count' || op === 'sum' ? `coalesce(s${slot}_${index}, 0)` : `s${slot}_${index}`;
      });
      return `CAST(${value} AS DOUBLE) AS "${view.name}.${feature.name}"`;
    });
  return [
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
