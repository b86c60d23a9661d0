import { parseWorkspace, type Workspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { endOfWay, levelFirst } from './level.js';

const PROD = worldDocuments()['releases/prod/environment.yaml'] as object;
const from = (environment: string) => ({ ...PROD, promotesFrom: { environment, soak: '1h' } });

/** Versions come from dev by way of staging to prod; which of them ask for which. */
function chain(asked: Record<string, number>, change: Record<string, unknown> = {}): Workspace {
  const releases = Object.entries(asked).map(
    ([name, version]) => [`releases/${name}/late.yaml`, { version, strategy: 'direct' }] as const,
  );
  const documents = {
    ...worldDocuments(),
    'releases/dev/environment.yaml': PROD,
    'releases/staging/environment.yaml': from('dev'),
    'releases/prod/environment.yaml': from('staging'),
    ...Object.fromEntries(releases),
    ...change,
  };
  return parseWorkspace(new Map(Object.entries(toYaml(documents)))).workspace;
}
const late = (workspace: Workspace, environment: string) => ({ workspace, environment, model: 'late' });

describe('environments that have their versions from each other', () => {
  it('need nothing where they ask for the same, or for nothing yet', () => {
    for (const asked of [{}, { dev: 3, staging: 3, prod: 3 }, { prod: 3 }, { staging: 2, prod: 2 }]) {
      expect(levelFirst(late(chain(asked), 'prod'))).toBeNull();
    }
    expect(levelFirst(late(chain({ dev: 3, staging: 2, prod: 1 }), 'dev'))).toBeNull();
  });

  it('come to ask for the same before anything new can go through them', () => {
    expect(levelFirst(late(chain({ dev: 3, staging: 2, prod: 1 }), 'prod'))).toBe(
      'staging asks for version 2 and dev asks for version 3 of late, prod for version 1, and a version is compared once, with what one of them asks for: it could not start in the other. Let prod have that one first, or take the others back: signalbox rollback late --env staging --to 1 --merge, signalbox rollback late --env dev --to 1 --merge.',
    );
  });

  it('give a version to one that has none by way of those that have one', () => {
    expect(levelFirst(late(chain({ staging: 2 }), 'prod'))).toContain(
      'prod for none, and a version is compared once, with what one of them asks for: it could not start in the other. Compare it there: signalbox propose late --env staging.',
    );
  });

  it('end where the model is asked for last, and in themselves where nothing comes from them', () => {
    const all = chain({ dev: 1, staging: 1, prod: 1 });
    expect(['dev', 'staging', 'prod'].map((name) => endOfWay(late(all, name)))).toEqual(['prod', 'prod', 'prod']);
    expect(endOfWay(late(chain({ dev: 1, staging: 1 }), 'dev'))).toBe('staging');
    expect(endOfWay(late(chain({}), 'dev'))).toBe('dev');
  });

  it('are told although they wait for each other', () => {
    const round = { 'releases/dev/environment.yaml': from('prod') };
    expect(levelFirst(late(chain({ dev: 1, prod: 2 }, round), 'prod'))).toContain('dev asks for version 1');
    expect(endOfWay(late(chain({ dev: 1, prod: 2 }, round), 'staging'))).not.toBe('staging');
  });
});
