import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GithubServer } from './github-server.js';

/**
 * The server on a port of this machine, for commands that run in a process of their own: its REST interface, and Git over http for the tokens that
 * it knows. A request that is cut finds its socket closed.
 */
export async function listen(server: GithubServer): Promise<{ readonly address: string; close(): Promise<void> }> {
  const { owner, repo } = server.state.repository;
  const http = createServer((request, response) => {
    const isGit = request.url!.startsWith(`/${owner}/${repo}.git/`);
    void (isGit ? serveGit(server, request, response) : serveApi(server, request, response));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close() {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
}

async function serveApi(server: GithubServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
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
}

/** Git's own server program, by CGI. It is asked by the name of an account, so it takes pushes too. */
async function serveGit({ state }: GithubServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const account = state.accounts.get(tokenOf(request.headers.authorization));
  if (!account) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
    return;
  }
  const { folder, owner, repo } = state.repository;
  const url = new URL(request.url!, 'http://localhost');
  const env = {
    ...process.env,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROJECT_ROOT: folder,
    PATH_INFO: url.pathname.slice(`/${owner}/${repo}.git`.length),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    GIT_PROTOCOL: (request.headers['git-protocol'] as string | undefined) ?? '',
    REMOTE_USER: account.login,
  };
  const git = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(git.stdin);
  const chunks: Buffer[] = [];
  for await (const chunk of git.stdout) chunks.push(chunk as Buffer);
  const output = Buffer.concat(chunks);
  const end = output.indexOf('\r\n\r\n');
  const lines = output.subarray(0, end).toString().split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]));
  const { Status: status = '200', ...others } = headers;
  response.writeHead(Number.parseInt(status, 10), others).end(output.subarray(end + 4));
}

function tokenOf(authorization = ''): string {
  const pair = Buffer.from(authorization.replace(/^basic /i, ''), 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}
