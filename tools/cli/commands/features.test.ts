import { parseInstantUs } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { onlineView } from './features.js';

const NOON = parseInstantUs('2001-03-05T12:00:00Z');
const LATER = parseInstantUs('2001-03-05T17:30:00Z');

describe('what the features verb says of the online values', () => {
  it('says that the store cannot look back where it has read beyond the asked time', () => {
    expect(onlineView(NOON, { atUs: LATER, views: {} })).toEqual({
      asOf: '2001-03-05T17:30:00Z',
      readBeyondAt: true,
      note:
        'The online store has read events until 2001-03-05T17:30:00Z and cannot look back to 2001-03-05T12:00:00Z: ' +
        'online values are as of 2001-03-05T17:30:00Z',
    });
  });

  it('does not say so where the values are as of the asked time', () => {
    const view = onlineView(NOON, { atUs: NOON, views: {} });
    expect(view).toMatchObject({ asOf: '2001-03-05T12:00:00Z', readBeyondAt: false });
    expect(view.note).not.toContain('cannot look back');
  });
});
