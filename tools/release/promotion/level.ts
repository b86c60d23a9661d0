import type { Workspace } from '@signalbox/contracts';

interface Place {
  readonly workspace: Workspace;
  readonly environment: string;
  readonly model: string;
}

/** The environment in which a version's way ends that begins in this one: the last that asks for the model and has its versions from here. */
export function endOfWay({ workspace, environment, model }: Place): string {
  const after = [...workspace.environments].flatMap(([name, { releases }]) => {
    const before = wayTo(workspace, name);
    return releases.has(model) && before.includes(environment) ? [{ name, length: before.length }] : [];
  });
  return after.sort((a, b) => b.length - a.length)[0]?.name ?? environment;
}

/** The environments that a version passes through before it comes to one. What waits for each other is refused elsewhere, and must not hang here. */
function wayTo(workspace: Workspace, environment: string): readonly string[] {
  const way = new Set<string>();
  let from = workspace.environments.get(environment)?.environment.promotesFrom?.environment;
  while (from !== undefined && from !== environment && !way.has(from)) {
    way.add(from);
    from = workspace.environments.get(from)?.environment.promotesFrom?.environment;
  }
  return [...way];
}

/**
 * What to do before a version is gated against what this environment asks for, as sentences; null where the environments on the way ask for the same. A version
 * is compared once, and each environment wants it compared with what is live there: while two differ, nothing new can go through both.
 */
export function levelFirst({ workspace, environment, model }: Place): string | null {
  const askedIn = (name: string) => workspace.environments.get(name)?.releases.get(model)?.version;
  const version = askedIn(environment);
  const others = wayTo(workspace, environment).flatMap((name) => {
    const other = askedIn(name);
    return other === undefined || other === version ? [] : [{ name, other }];
  });
  if (others.length === 0) return null;
  const asks = others.map(({ name, other }) => `${name} asks for version ${other}`).join(' and ');
  const compared = 'and a version is compared once, with what one of them asks for: it could not start in the other';
  if (version === undefined) {
    const to = others.map(({ name }) => `signalbox propose ${model} --env ${name}`).join(', or ');
    return `${asks} of ${model}, ${environment} for none, ${compared}. Compare it there: ${to}.`;
  }
  const back = others.map(({ name }) => `signalbox rollback ${model} --env ${name} --to ${version} --merge`).join(', ');
  return `${asks} of ${model}, ${environment} for version ${version}, ${compared}. Let ${environment} have that one first, or take the others back: ${back}.`;
}
