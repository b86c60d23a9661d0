// The load of `wrk-requests.lua` by autocannon, where wrk is not installed. Plain JavaScript: it starts in a process of its own, without a loader.
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';

const { url, bodies, clients, seconds } = JSON.parse(process.argv[2]);
const headers = { 'content-type': 'application/json' };
const requests = readFileSync(bodies, 'utf8')
  .trimEnd()
  .split('\n')
  .map((body) => ({ method: 'POST', headers, body }));
const result = await autocannon({ url, connections: clients, duration: seconds, requests });
const failed = result.errors + result.timeouts + result.non2xx;
const { p50, p99 } = result.latency;
process.stdout.write(
  `${JSON.stringify({ requests: result.requests.total, seconds: result.duration, failed, p50Ms: p50, p99Ms: p99 })}\n`,
);
