import { MANAGED } from './callers.js';

/**
 * What decides what may run is reviewed by the people who answer for it: policies, strategies, keys, what each environment runs, the workflows, and this file.
 * `owner` is what GitHub takes there: `@name` or `@organisation/team`. Pure.
 */
export function codeOwners(environments: readonly string[], owner: string): string {
  const paths = ['/releases/policies/', '/releases/strategies/', ...environments.map((name) => `/releases/${name}/`)];
  return `${[MANAGED, ...[...paths, '/.github/'].map((path) => `${path} ${owner}`)].join('\n')}\n`;
}
