import { expect, it } from 'vitest';
import { statusOf } from '../../tests/support/written-evidence.js';
import { parsePodStatus } from './pod-status.js';

it.each([
  [{ servedSerial: 3 }, 3],
  [{ servedSerial: undefined }, 2],
  [{ servedSerial: undefined, rejected: { serial: 3, reason: 'no views' } }, null],
  [{ servedSerial: '3' }, undefined],
])('takes from %j that answers come by serial %j', (said, served) => {
  const status = statusOf('pod-1', { serial: 2, sequence: 0 });
  const written = { ...status, models: { m: { ...status.models.m!, ...said } } };
  expect(parsePodStatus(Buffer.from(JSON.stringify(written)))?.models.m?.servedSerial).toBe(served);
});
