import { digestJson, type Environment, type Freeze, type Workspace } from '@signalbox/contracts';
import { visible } from '../../handover/index.js';

/** What a change does to an environment as a whole, in sentences. Pure. */
export function environmentSentences(environment: string, before: Workspace, after: Workspace): string[] {
  const old = before.environments.get(environment);
  const now = after.environments.get(environment);
  if (!now) return old ? ['The environment goes: nothing is published there any more, and pods serve on.'] : [];
  const freezes = freezeSentences(environment, old?.freezes ?? new Map(), now.freezes);
  if (!old)
    return [
      'A new environment; nothing runs there until something is promoted.',
      ...rules(now.environment),
      ...freezes,
    ];
  return [...settingSentences(old.environment, now.environment), ...freezes];
}

function settingSentences(old: Environment, now: Environment): string[] {
  const changed = (Object.keys({ ...old, ...now }) as (keyof Environment)[]).filter(
    (key) => digestJson(old[key] ?? null) !== digestJson(now[key] ?? null),
  );
  if (changed.length === 0) return [];
  const told = rules(now, changed);
  const lifted = changed.flatMap((key) => (now[key] === undefined ? (LIFTED[key] ?? []) : []));
  return [`These settings change: ${changed.join(', ')}.`, ...told, ...lifted];
}

const LIFTED: { readonly [key in keyof Environment]?: string } = {
  changeWindows: 'Rollouts may start and move on at any time.',
  promotesFrom: 'Versions may start here without having been live elsewhere.',
};

/** The settings that say when something may start here. */
function rules({ changeWindows, promotesFrom }: Environment, keys?: readonly (keyof Environment)[]): string[] {
  const wanted = (key: keyof Environment) => keys === undefined || keys.includes(key);
  const windows = (changeWindows ?? []).map(
    ({ days, from, timezone, to }) => `${days.join(' ')} ${from}–${to} ${visible(timezone)}`,
  );
  return [
    ...(windows.length > 0 && wanted('changeWindows')
      ? [`Rollouts start and move on only ${windows.join(' or ')}; going back is always possible.`]
      : []),
    ...(promotesFrom && wanted('promotesFrom')
      ? [
          `A version starts here only after it was live in ${promotesFrom.environment} for ${promotesFrom.soak}, unless it was live here before.`,
        ]
      : []),
  ];
}

function freezeSentences(
  environment: string,
  old: ReadonlyMap<string, Freeze>,
  now: ReadonlyMap<string, Freeze>,
): string[] {
  const changed = [...now].filter(([name, freeze]) => digestJson(old.get(name) ?? null) !== digestJson(freeze));
  const lifted = [...old.keys()].filter((name) => !now.has(name));
  return [
    ...changed.map(([name, freeze]) => freezeSentence(environment, name, freeze)),
    ...lifted.map((name) => `The freeze ${name} ends: rollouts that it held go on.`),
  ];
}

function freezeSentence(environment: string, name: string, { by, from, models, reason, to }: Freeze): string {
  const what =
    models === undefined ? `no rollout of ${environment}` : `no rollout of ${models.join(', ')} in ${environment}`;
  return `The freeze ${name}: from ${from} to ${to} ${what} starts or moves on (${visible(by)}: ${visible(reason)}). Going back, rejecting and holding stay possible.`;
}
