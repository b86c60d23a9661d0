import { propose } from '@signalbox/tools/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../tools/cli/run-command-line.js';
import { createProposalWorld, type ProposalWorld } from './proposal-world.js';

describe('features --online at a time that the online store has read beyond', () => {
  let world: ProposalWorld;
  beforeAll(async () => {
    world = await createProposalWorld();
    await world.switchTo('first');
    await propose(world.options);
  });
  afterAll(() => world.remove());

  async function verb(...argv: string[]) {
    let said = '';
    const hear = (text: string) => {
      said += text;
    };
    const { exitCode, result } = await runCommandLine(argv, {
      cwd: world.folder,
      env: process.env,
      wallNow: Date.now,
      signal: new AbortController().signal,
      stdout: hear,
      stderr: hear,
      interactive: false,
    });
    expect({ exitCode, said }).toMatchObject({ exitCode: 0 });
    return { said, json: result?.json as { online?: { asOf: string; readBeyondAt: boolean } } };
  }

  const ask = (at: string) =>
    verb('features', 'dispute', '--online', '--at', at, '--keys', 'shop=shop-1', '--request', 'amount=5');

  it('says that it cannot look back, and as of when the online values are', async () => {
    await verb('materialize', '--env', 'prod', '--backfill', 'dispute@1');
    const past = await ask('2001-01-20T00:00:00Z');
    expect(past.said).toMatch(
      /has read events until (\S+) and cannot look back to 2001-01-20T00:00:00Z: .* as of \1$/m,
    );
    expect(past.json.online?.readBeyondAt).toBe(true);
    const late = await ask('2001-06-01T00:00:00Z');
    expect(late.said).not.toContain('cannot look back');
    expect(late.json.online).toMatchObject({ asOf: '2001-06-01T00:00:00Z', readBeyondAt: false });
  });
});
