import { expect, it } from 'vitest';
import { nextPassSentences } from './outlook.js';

it('what the next pass says is one sentence each, also where its reason ends in one', () => {
  const nothing = {
    published: null,
    next: null,
    otherwise: null,
    asksOtherwise: false,
    lost: [],
    isReturn: false,
    servedFeatures: new Set<string>(),
  };
  const said = nextPassSentences({ ...nothing, reasons: ['it waits', 'it failed: Nothing was counted yet.'] });
  expect(said).toEqual(['In the next pass: it waits.', 'In the next pass: it failed: Nothing was counted yet.']);
});
