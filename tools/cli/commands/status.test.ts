import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestWorld, type TestWorld, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import type { CommandContext } from '../command.js';
import { reconcileCommand } from './reconcile.js';
import { statusCommand } from './status.js';

describe('status', () => {
  let world: TestWorld;

  /** Staging has no root yet. */
  beforeAll(async () => {
    world = await createTestWorld();
    const settings = worldDocuments()['releases/prod/environment.yaml'];
    await world.commit(toYaml({ 'releases/staging/environment.yaml': settings }));
  });
  afterAll(() => world.remove());

  const context = () => ({ repo: world.folder, wallNow: Date.now, env: {} }) as CommandContext;
  const ask = (options: Record<string, string | boolean>) => statusCommand.run([], options, context());

  it('answers for each environment that is named, or for all, and what is wrong with one is its own', async () => {
    for (const options of [{ env: 'prod,staging' }, { all: true }]) {
      const { exitCode, json, text } = await ask(options);
      const prod = { environment: 'prod', models: [] };
      const staging = { environment: 'staging', error: { code: 'trust/unverified' } };
      expect({ exitCode, json }).toMatchObject({ exitCode: 1, json: { environments: [prod, staging] } });
      expect(text).toMatch(/^prod at [\s\S]*\n\nstaging: .*root\.json is not on the main branch/);
    }
    expect(await ask({})).toMatchObject({ json: { environment: 'prod', models: [] } });
    await expect(ask({ env: 'staging' })).rejects.toMatchObject({ code: 'trust/unverified' });
    await expect(ask({ all: true, env: 'prod' })).rejects.toMatchObject({ code: 'input/bad-argument' });
  });

  it('says of a store that holds nothing that it may not be the one, before anybody takes it for a first release', async () => {
    const empty = 'the artifact store holds nothing at all';
    expect((await ask({ env: 'prod' })).text).not.toContain(empty);
    const store = join(world.folder, '.signalbox', 'store');
    await rename(store, `${store}.away`);
    expect((await ask({ env: 'prod' })).text).toContain(empty);
    await rename(`${store}.away`, store);
  });

  it('of all environments still knows which there are when the forge is gone', async () => {
    await rename(world.forge, `${world.forge}.away`);
    const { text } = await ask({ all: true });
    expect(text).toMatch(/^prod without its main branch\n[\s\S]*\n\nstaging: /);
    expect(text).toContain('is not there');
    await rename(`${world.forge}.away`, world.forge);
  });
});

describe('reconcile', () => {
  it('refuses a file for events that one pass would not write', async () => {
    const context = { repo: '/nowhere', env: {}, wallNow: () => 0 } as unknown as CommandContext;
    await expect(reconcileCommand.run([], { events: 'events.jsonl' }, context)).rejects.toMatchObject({
      code: 'input/bad-argument',
      message: '--events cannot be given here: it is for --watch',
    });
  });
});
