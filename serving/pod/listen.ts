import { rename, writeFile } from 'node:fs/promises';
import { SignalboxError } from '@signalbox/contracts';
import type { FastifyInstance } from 'fastify';

/** Starts to listen and answers the address. Throws `environment/port-in-use`. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new SignalboxError('environment/port-in-use', `port ${port} of ${host} is in use`, {
        cause,
        hint: 'Choose another with --port, or --port 0 for a free one.',
      });
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new SignalboxError('input/bad-argument', `cannot listen on ${host}:${port}: ${code}`, {
        cause,
        hint: 'Choose another --host or a --port above 1023.',
      });
    }
    throw cause;
  }
}

/** Whole or not there, so that who waits for the file never reads half of it. */
export async function writeAddressFile(path: string, address: string): Promise<void> {
  await writeFile(`${path}.tmp`, `${JSON.stringify({ listening: address })}\n`);
  await rename(`${path}.tmp`, path);
}
