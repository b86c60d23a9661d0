import { fileURLToPath } from 'node:url';
import type { SignalboxError } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRepository } from '../../../tests/support/git-repository.js';
import { createTestWorld } from '../../../tests/support/release-world.js';
import type { CommandContext } from '../command.js';
import { materializeCommand } from './materialize.js';
import { serveCommand } from './serve.js';

const REPO = fileURLToPath(new URL('../../..', import.meta.url));

describe('signalbox serve', () => {
  it.each([
    { given: { port: '99999' }, message: /--port: expected a whole number from 0 to 65535, got "99999"/ },
    { given: { bodyLimit: '1' }, message: /--body-limit: expected a whole number from 1024/ },
  ])('points at its own options, not at those of signalbox-pod: $given', async ({ given, message }) => {
    const options = { env: 'prod', host: '127.0.0.1', port: '0', name: 'pod-1', ...given };
    const context = { repo: REPO, signal: new AbortController().signal } as CommandContext;
    await expect(serveCommand.run([], options, context)).rejects.toMatchObject({
      code: 'input/bad-argument',
      message: expect.stringMatching(message),
      hint: 'signalbox serve --help lists the options',
    });
  });
});

describe('signalbox serve and materialize in a repository with documents in error', () => {
  let world: TestRepository;
  const said: string[] = [];
  const contextIn = () => ({
    repo: world.folder,
    signal: new AbortController().signal,
    progress: (line: string) => said.push(line),
  });
  const options = { env: 'prod', host: '127.0.0.1', port: 'wrong', name: 'pod-1' };

  beforeAll(async () => {
    world = await createTestWorld();
    await world.commit({
      'releases/prod/freezes/spring.yaml': 'reason: 7\n',
      'releases/strategies/canary.yaml': 'steps: none\n',
      'releases/moon/environment.yaml': 'clock: sun\n',
      'features/views/request.yaml': 'kind: none\n',
    });
  });
  afterAll(() => world.remove());

  it('start with what they need, and tell what is wrong elsewhere', async () => {
    // The wrong port is met only after everything was read, so nothing listens.
    const started = serveCommand.run([], options, contextIn() as never);
    await expect(started).rejects.toMatchObject({ code: 'input/bad-argument' });
    const materialized = await materializeCommand.run([], { env: 'prod', once: true }, contextIn() as never);
    expect(materialized.text).toMatch(/^0 events read/);
    for (const file of ['freezes/spring.yaml', 'canary.yaml', 'moon/environment.yaml', 'request.yaml']) {
      expect(said.join('\n')).toContain(file);
    }
  });

  it('say what is wrong with the one document that they cannot do without', async () => {
    said.length = 0;
    const started = serveCommand.run([], { ...options, env: 'moon' }, contextIn() as never);
    await expect(started).rejects.toMatchObject({
      code: 'input/invalid-documents',
      message: 'releases/moon/environment.yaml cannot be read',
    });
    const { findings } = (await started.catch((reason: unknown) => reason)) as SignalboxError;
    const wrong = findings.map(({ place }) => `${place.file} ${place.field ?? ''}`);
    expect(wrong).toContain('releases/moon/environment.yaml clock');
    expect(new Set(findings.map(({ place }) => place.file)).size).toBe(1);
    // The error has them, so nothing else prints them.
    expect(said).toEqual([]);
    const none = materializeCommand.run([], { env: 'sun', once: true }, contextIn() as never);
    await expect(none).rejects.toMatchObject({ code: 'input/unknown-reference', hint: 'There are: prod.' });
  });
});
