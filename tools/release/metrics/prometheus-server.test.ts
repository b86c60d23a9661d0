import { expect, it } from 'vitest';
import { prometheusServer } from './prometheus-server.js';

const LINES = `
https://metrics.example Bearer abc.def==
  http://127.0.0.1:9090/path   Basic   dXNlcjpw
https://no-header.example
not an address Bearer nobody
`;

it.each([
  ['https://metrics.example', 'Bearer abc.def=='],
  ['https://metrics.example:443/prometheus/', 'Bearer abc.def=='],
  ['http://127.0.0.1:9090', 'Basic dXNlcjpw'],
])('%s is told %s', (address, authorization) => {
  expect(prometheusServer(address, LINES)).toEqual({ address, authorization });
});

it.each([
  ['another port', 'https://metrics.example:9443'],
  ['the same without encryption', 'http://metrics.example'],
  ['a name that ends so', 'https://evil-metrics.example'],
  ['a name that begins so', 'https://metrics.example.evil.example'],
  ['a name before an @', 'https://metrics.example@evil.example'],
  ['a line without a header', 'https://no-header.example'],
  ['no address', 'nowhere'],
])('%s is told nothing', (_name, address) => {
  expect(prometheusServer(address, LINES)).toEqual({ address });
});

it('nobody is told anything where there are no lines', () => {
  expect(prometheusServer('https://metrics.example')).toEqual({ address: 'https://metrics.example' });
});
