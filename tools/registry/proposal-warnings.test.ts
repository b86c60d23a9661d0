import { type Policy, parseWorkspace } from '@signalbox/contracts';
import { expect, it } from 'vitest';
import { POLICY, STRICTER_POLICY, toYaml, worldDocuments } from '../../tests/support/release-world.js';
import { proposalWarnings } from './proposal-warnings.js';

const policy = (document: Policy) => ({ 'releases/policies/default.yaml': document });
const read = (change: object = {}) =>
  parseWorkspace(new Map(Object.entries(toYaml({ ...worldDocuments(), ...change }))));

function warned(branch: object, main: object = {}) {
  const { workspace } = read({ ...main, ...branch });
  const definition = workspace.models.get('late')!;
  const judge = { commit: 'c'.repeat(40), ...read(main) };
  return proposalWarnings({ definition, environment: 'prod', model: 'late', workspace }, judge);
}

it('a branch that changes which gates block is told that its verdict lapses, and one that changes words is not', () => {
  expect(warned(policy(STRICTER_POLICY))).toEqual([
    expect.stringMatching(/verdict has lapsed[.] Merge releases\/policies\/default.yaml by itself first[.]$/),
  ]);
  expect(warned({}, policy(STRICTER_POLICY))).toEqual([]);
  expect(warned(policy({ ...POLICY, description: 'Other words.' }))).toEqual([]);
});

it('a version that could not pass through all environments on its way is told so before it is trained', () => {
  const prod = worldDocuments()['releases/prod/environment.yaml'] as object;
  const ask = (version: number) => ({ version, strategy: 'direct' });
  const main = {
    'releases/staging/environment.yaml': prod,
    'releases/prod/environment.yaml': { ...prod, promotesFrom: { environment: 'staging', soak: '1h' } },
    'releases/prod/late.yaml': ask(1),
  };
  expect(warned({}, { ...main, 'releases/staging/late.yaml': ask(1) })).toEqual([]);
  const [said] = warned({}, { ...main, 'releases/staging/late.yaml': ask(2) });
  expect(said).toContain('signalbox rollback late --env staging --to 1 --merge');
});
