import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verdict } from '@signalbox/contracts';
import { type Proposal, propose } from '@signalbox/tools/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProposalWorld, type ProposalWorld } from './proposal-world.js';

const SOURCE = 'features/sources/payments.yaml';
const FEATURE = 'history.dispute_share_7d';

/** Two pull requests that differ in one declaration, and so in what becomes of them. */
describe('a pull request that changes when events are declared to be known', () => {
  let world: ProposalWorld;
  beforeAll(async () => {
    world = await createProposalWorld();
  });
  afterAll(() => world.remove());

  async function proposeWith(branch: string, observedAt: string): Promise<Proposal> {
    await world.switchTo('main');
    await world.switchTo(branch);
    const text = await readFile(join(world.folder, SOURCE), 'utf8');
    await world.commit({ [SOURCE]: text.replace(/^observedAt: .*$/m, `observedAt: ${observedAt}`) });
    return propose(world.options);
  }
  const leaks = ({ verdicts }: Proposal): Record<string, Verdict> =>
    Object.fromEntries(verdicts.filter(({ id }) => id.startsWith('leak/')).map((verdict) => [verdict.id, verdict]));

  it('is refused by two gates where the label is declared known at once, each with its own rows', async () => {
    const proposal = await proposeWith('leak', 'paid_at');
    expect(proposal.letThrough).toBe(false);
    const found = leaks(proposal);
    expect(found['leak/declared-time']).toMatchObject({ verdict: 'fail', value: 1200, feature: FEATURE });
    expect(found['leak/replay']).toMatchObject({ verdict: 'fail', feature: FEATURE });
    expect(found['leak/replay']!.examples![0]).toMatch(
      /^label \d+ at 2001-\S+Z: trained on 0\.\d+, known then 0\.\d+$/,
    );
    expect(proposal.report).toContain(found['leak/replay']!.examples![0]);
  });

  it('is let through where the declaration is honest, if only later than the main branch has it', async () => {
    const later = await proposeWith('later', 'paid_at + hours(2.9)');
    expect(leaks(later)).toMatchObject({
      'leak/declared-time': { verdict: 'pass' },
      'leak/replay': { verdict: 'warn' },
    });
    expect(later.letThrough).toBe(true);
  });
});
