/** What the repository's GitHub App may do, and why: no more than this is asked for. */
export const APP_PERMISSIONS = {
  checks: { access: 'write', reason: 'writes the check that the ruleset requires, which no branch can forge' },
  contents: { access: 'write', reason: 'commits the record of a version, and merges what the policy lets it' },
  metadata: { access: 'read', reason: 'is what GitHub gives to every App' },
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

/** Where an App is registered: one that is private can be installed only by the account that it was registered for. */
export type Registration = Readonly<Partial<Record<'person' | 'organisation', string>>>;

type Name = { readonly owner: string; readonly repo: string };

/** The page of GitHub that registers such an App for the owner of the repository; both pages where nobody could ask what that is. Pure. */
export function registrationAddresses(web: URL, name: Name, isOrganisation: boolean | null): Registration {
  return {
    ...(isOrganisation !== true && { person: filledIn(new URL('/settings/apps/new', web), name) }),
    ...(isOrganisation !== false && {
      organisation: filledIn(new URL(`/organizations/${name.owner}/settings/apps/new`, web), name),
    }),
  };
}

/** With everything filled in. Nothing else than a person can register it. */
function filledIn(address: URL, { owner, repo }: Name): string {
  const fields = {
    name: `signalbox-${owner}-${repo}`.slice(0, 34),
    url: new URL(`/${owner}/${repo}`, address).href,
    public: 'false',
    webhook_active: 'false',
  };
  for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
  for (const [name, { access }] of Object.entries(APP_PERMISSIONS)) {
    if (name !== 'metadata') address.searchParams.set(name, access);
  }
  return address.href;
}
