import type { Workspace } from '@signalbox/contracts';
import { visible } from '../../handover/index.js';

/** Documents that say how something becomes live, who must agree, and who answers: a change of one moves traffic later, and is told leaf by leaf. Pure. */
export function ruleSentences(before: Workspace, after: Workspace): string[] {
  return [
    ...changesOf('Policy', [before.policies, after.policies], (name) => policyUse(after, name)),
    ...changesOf('Strategy', [before.strategies, after.strategies], (name) => strategyUse(after, name)),
    ...changesOf('Metric', [before.metrics, after.metrics], (name) => metricUse(after, name)),
    ...changesOf('Model card', [servingOf(before), servingOf(after)], (model) => cardUse(after, model)),
  ];
}

/** What of a card counts for versions that are made already. */
function servingOf({ models }: Workspace): ReadonlyMap<string, unknown> {
  return new Map([...models].map(([name, { riskTier, serving }]) => [name, { riskTier, serving }]));
}

function changesOf(
  what: string,
  [before, after]: readonly [ReadonlyMap<string, unknown>, ReadonlyMap<string, unknown>],
  useOf: (name: string) => string,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [old, now] = [leavesOf(before.get(name)), leavesOf(after.get(name))];
    if (!before.has(name))
      return what === 'Model card' ? [] : [`${what} ${name} is new, or can be read again${useOf(name)}.`];
    if (!after.has(name)) return [`${what} ${name} goes, or cannot be read${useOf(name)}.`];
    const keys = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
    const changed = keys.map((key) => `${key} from ${old.get(key) ?? 'nothing'} to ${now.get(key) ?? 'nothing'}`);
    return changed.length === 0 ? [] : [`${what} ${name} changes${useOf(name)}: ${changed.join('; ')}.`];
  });
}

/** What a document says, place by place: lists of words are one, and lists of more are told by their places. Words for people say nothing here. */
function leavesOf(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== 'object') return new Map([[path, visible(String(value))]]);
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) {
    return new Map([[path, value.length === 0 ? 'none' : visible(value.join(', '))]]);
  }
  const entries = Object.entries(value).filter(([key]) => key !== 'description');
  return new Map(
    entries.flatMap(([key, one]) => [...leavesOf(one, path === '' ? key : `${path}.${visible(placeName(one, key))}`)]),
  );
}

/** An entry of a list by its own name, where it has one: its place may be another one by now. */
function placeName(one: unknown, key: string): string {
  const name = (one as { readonly name?: unknown } | null)?.name;
  return /^\d+$/.test(key) ? (typeof name === 'string' ? name : String(Number(key) + 1)) : key;
}

/** How many places that use a document are named. */
const NAMED = 5;

function used(places: readonly string[]): string {
  if (places.length === 0) return '';
  const more = places.length > NAMED ? ` and ${places.length - NAMED} more` : '';
  return ` (that of ${places.slice(0, NAMED).join(', ')}${more})`;
}

const policyUse = ({ environments }: Workspace, name: string): string =>
  used([...environments].flatMap(([one, { environment }]) => (environment.policy === name ? [one] : [])));

const strategyUse = (workspace: Workspace, name: string): string =>
  used(releasesWhere(workspace, ({ strategy }) => strategy === name));

function metricUse(workspace: Workspace, name: string): string {
  const { strategies } = workspace;
  return used(
    releasesWhere(workspace, ({ strategy }) => {
      const { analysis, experiment } = strategies.get(strategy) ?? {};
      return experiment?.metric === name || (analysis?.metrics.some(({ metric }) => metric === name) ?? false);
    }),
  );
}

const cardUse = ({ environments }: Workspace, model: string): string =>
  used([...environments].flatMap(([one, { releases }]) => (releases.has(model) ? [one] : [])));

function releasesWhere(
  { environments }: Workspace,
  isUsed: (release: { readonly strategy: string }) => boolean,
): readonly string[] {
  return [...environments].flatMap(([environment, { releases }]) =>
    [...releases].flatMap(([model, release]) => (isUsed(release) ? [`${environment}/${model}`] : [])),
  );
}
