import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GithubServer } from './github-server.js';

/** The server on a port of this machine, for commands that run in a process of their own. A request that is cut finds its socket closed. */
export async function listen(server: GithubServer): Promise<{ readonly api: string; close(): Promise<void> }> {
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host = 'localhost', ...headers } = request.headers as Record<string, string>;
    const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
    try {
      const answer = await server.fetch(`http://${host}${request.url}`, { method: request.method!, headers, body });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      request.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    api: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close() {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
}
