import { describe, expect, it } from 'vitest';
import { desiredOf, packageOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import type { TakenBack } from './taken-back.js';
import { withdrawalBody } from './withdrawal-body.js';

const manifest = publishedWhere([desiredOf(1)]);
const saying = (reason: string): TakenBack => ({
  ...{ manifest, version: 2, digest: packageOf(2).digest, since: manifest.serial, champion: packageOf(1) },
  cause: { is: 'rejected', rejection: { digest: packageOf(2).digest, serial: 1, commit: 'c'.repeat(40), reason } },
});

describe('the request that takes a version back', () => {
  const said = 'see (www.evil.example) https://evil.example/a fixes #12 acme/other#7 `x` **b** a|b';
  const quoted = 'see `(www.evil.example)` `https://evil.example/a` fixes `#12` `acme/other#7` `x` `**b**` ';

  it('quotes pods and people as text: no link, no issue, nobody’s Markdown', () => {
    const body = withdrawalBody({ taken: saying(said), decisions: [], next: 1 });
    expect(body).toContain(`\n\n${quoted}\`a|b\`\n\n`);
    const emergency = { by: '@ada', reason: 'see #1', atMs: 0 };
    const byHand = withdrawalBody({
      taken: { ...saying(''), cause: { is: 'emergency', emergency } },
      decisions: [],
      next: 1,
    });
    expect(byHand).toContain('\n\nby the emergency of `@ada` (see `#1`)\n\n');
    // What Git asks for may be what a hold took out of the emergency.
    expect(byHand).toMatch(/^\*\*Emergency: version 1 of m serves in prod by what was .* Git asks for version 2\.\*\*/);
    expect(byHand).toMatch(/Either way it starts at its first step, and not while a hold names it\.$/);
  });

  it('quotes them in tables as well, where nothing ends a cell', () => {
    const verdict = { id: 'rollout/error-rate', verdict: 'fail', sentence: said, value: 0.5 } as const;
    const about = { schema: 'signalbox/rollout-decision/1', manifest, eventNowUs: null, decidedAtMs: 0 } as const;
    const decisions = [{ ...about, reasons: [said, 'a\nb'], verdicts: [verdict] }];
    const body = withdrawalBody({ taken: saying('It failed.'), decisions, next: 1 });
    expect(body).toContain(`| **fail** | \`rollout/error-rate\` | ${quoted}\`a\\|b\` | 0.5 | – | – |`);
    expect(body).toContain(`| 1970-01-01T00:00:00.000Z | – | ${manifest.serial} | ${quoted}\`a\\|b\`; a b |`);
  });
});
