/** What the repository's GitHub App may do, and why: no more than this is asked for. */
export const APP_PERMISSIONS = {
  checks: { access: 'write', reason: 'writes the check that the ruleset requires, which no branch can forge' },
  contents: { access: 'write', reason: 'commits the record of a version, and merges what the policy lets it' },
  metadata: { access: 'read', reason: 'GitHub gives it to every App' },
  pull_requests: { access: 'write', reason: 'opens what the evidence asks for, and comments' },
} as const;

/** A GitHub App as anybody can look it up. */
export interface App {
  readonly id: number;
  readonly slug: string;
  readonly permissions: Readonly<Record<string, string | undefined>>;
}

/** In what an App may do less or more than it should, in sentences. Pure. */
export function appProblems({ permissions }: App): readonly string[] {
  const wanted: Readonly<Record<string, { readonly access: string; readonly reason: string }>> = APP_PERMISSIONS;
  const missing = Object.entries(wanted)
    .filter(([name, { access }]) => permissions[name] !== access)
    .map(
      ([name, { access, reason }]) =>
        `${name} must be \`${access}\`, not \`${permissions[name] ?? 'none'}\`: it ${reason}`,
    );
  const more = Object.keys(permissions).filter((name) => !Object.hasOwn(wanted, name));
  return [
    ...missing,
    ...more.map((name) => `${name} must be \`none\`: nothing uses it, and whoever steals the key would have it`),
  ];
}

/** The page of GitHub that registers such an App with everything filled in. Nothing else than a person can do that. Pure. */
export function registrationAddress(
  web: URL,
  { owner, repo }: { readonly owner: string; readonly repo: string },
): string {
  const address = new URL('/settings/apps/new', web);
  const fields = {
    name: `signalbox-${owner}-${repo}`.slice(0, 34),
    url: new URL(`/${owner}/${repo}`, web).href,
    public: 'false',
    webhook_active: 'false',
  };
  for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
  for (const [name, { access }] of Object.entries(APP_PERMISSIONS)) {
    if (name !== 'metadata') address.searchParams.set(name, access);
  }
  return address.href;
}
