import { isDeepStrictEqual } from 'node:util';
import { mergeRuleset } from './merge-ruleset.js';
import type { EnvironmentSettings, PresentSettings, Ruleset, Setting } from './settings.js';

/** One setting as it is to become, with what is still to change; no changes where it stands as it should. */
export interface SettingStep {
  readonly setting: Setting;
  readonly changes: readonly string[];
}

/** What a repository lacks, setting by setting. Pure; a second plan after it was applied has no changes. */
export function planSettings(wanted: readonly Setting[], present: PresentSettings): readonly SettingStep[] {
  return wanted.map((setting) => stepOf(setting, present));
}

function stepOf(setting: Setting, present: PresentSettings): SettingStep {
  switch (setting.kind) {
    case 'merge-methods':
      return { setting, changes: differences(setting.wanted, present.mergeMethods) };
    case 'workflow-permissions':
      return { setting, changes: differences(setting.wanted, present.workflowPermissions) };
    case 'fork-approval':
      return { setting, changes: differences(setting.wanted, present.forkApproval ?? {}) };
    case 'environment':
      return { setting, changes: environmentChanges(setting.wanted, present.environments.get(setting.name)) };
    case 'variable': {
      const now = present.variables.get(setting.name);
      return { setting, changes: now === setting.wanted ? [] : [becomes(now, setting.wanted)] };
    }
    case 'ruleset':
      return rulesetStep(setting, present.ruleset?.value ?? null);
    default:
      return setting satisfies never;
  }
}

function environmentChanges(wanted: EnvironmentSettings, now: EnvironmentSettings | undefined): readonly string[] {
  return now === undefined ? ['it is made'] : differences(wanted, now);
}

function rulesetStep(setting: Extract<Setting, { kind: 'ruleset' }>, now: Ruleset | null): SettingStep {
  if (now === null) return { setting, changes: ['it is made'] };
  const wanted = mergeRuleset(setting.wanted, now);
  const [{ rules, ...rest }, { rules: had, ...before }] = [wanted, now];
  const changed = rules.flatMap((rule) => {
    const old = had.find(({ type }) => type === rule.type);
    if (old === undefined) return [`rule ${rule.type} is added`];
    return differences(rule.parameters ?? {}, old.parameters ?? {}).map((change) => `rule ${rule.type}: ${change}`);
  });
  return { setting: { ...setting, wanted }, changes: [...differences(rest, before), ...changed] };
}

/** Only what is wanted is compared: GitHub adds settings of its own over the years. */
function differences(wanted: object, now: object): readonly string[] {
  const have = new Map<string, unknown>(Object.entries(now));
  return Object.entries(wanted).flatMap(([key, value]) =>
    isDeepStrictEqual(value, have.get(key)) ? [] : [`${key}: ${becomes(have.get(key), value)}`],
  );
}

const becomes = (now: unknown, wanted: unknown): string => `${shown(now)} becomes ${shown(wanted)}`;
const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
