import { titleOf } from './apply-settings.js';
import type { SettingStep } from './plan-settings.js';

/** The plan for people: what changes, from what to what, and why. */
export function describeSettings(steps: readonly SettingStep[]): readonly string[] {
  const width = Math.max(0, ...steps.map((step) => titleOf(step).length));
  return steps.flatMap((step) => {
    const { changes, setting } = step;
    const title = titleOf(step).padEnd(width);
    if (changes.length === 0) return [`  as it should be  ${title}`];
    return [
      `  to be set        ${title}  because ${setting.reason}`,
      ...changes.map((change) => `${' '.repeat(21)}${change}`),
    ];
  });
}
