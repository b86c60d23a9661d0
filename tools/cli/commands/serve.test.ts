import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../command.js';
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
