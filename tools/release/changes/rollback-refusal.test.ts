import { expect, it } from 'vitest';
import { refusedUnderWay } from './rollback-refusal.js';

it('a rollback during an emergency is told what serves, which a hold may have led to', () => {
  const under = { version: 2, live: 3, loaded: null, comes: 'after the emergency' } as const;
  const { message } = refusedUnderWay({ environment: 'prod', model: 'late' }, under, []);
  expect(message).toContain('Git asks for version 2 already; version 3 serves by an emergency, which stands until Git');
});
