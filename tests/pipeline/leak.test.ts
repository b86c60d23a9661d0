import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verdict } from '@signalbox/contracts';
import { type Proposal, propose } from '@signalbox/tools/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProposalWorld, modelYaml, type ProposalWorld } from './proposal-world.js';

const SOURCE = 'features/sources/payments.yaml';
const HONEST = 'observedAt: paid_at + hours(2.0)';

/** Each pull request changes one declaration, and what the gates say follows from it. */
describe('pull requests that change when events are declared to be known', () => {
  let world: ProposalWorld;
  beforeAll(async () => {
    world = await createProposalWorld();
  });
  afterAll(() => world.remove());

  async function proposeWith(branch: string, change: (source: string) => string): Promise<Proposal> {
    await world.switchTo('main');
    await world.switchTo(branch);
    const text = await readFile(join(world.folder, SOURCE), 'utf8');
    await world.commit({ [SOURCE]: change(text) });
    return propose(world.options);
  }
  const leaks = ({ verdicts }: Proposal): Record<string, Verdict> =>
    Object.fromEntries(verdicts.filter(({ id }) => id.startsWith('leak/')).map((verdict) => [verdict.id, verdict]));

  it('are refused by two gates where the label is declared known at once, each with its own rows', async () => {
    const proposal = await proposeWith('leak', (source) => source.replace(HONEST, 'observedAt: paid_at'));
    expect(proposal.letThrough).toBe(false);
    const found = leaks(proposal);
    expect(found['leak/declared-time']).toMatchObject({
      verdict: 'fail',
      value: 1,
      feature: 'history.dispute_share_7d',
    });
    expect(found['leak/replay']).toMatchObject({ verdict: 'fail', feature: 'history.dispute_share_7d' });
    expect(found['leak/replay']!.examples![0]).toMatch(
      /^label \d+ at 2001-\S+Z: trained on 0\.\d+, known then 0\.\d+$/,
    );
    expect(proposal.report).toContain(found['leak/replay']!.examples![0]);
  });

  it('are refused by the replay alone where the label is declared known a little earlier than it is', async () => {
    const found = leaks(
      await proposeWith('earlier', (source) => source.replace(HONEST, 'observedAt: paid_at + hours(1.0)')),
    );
    expect(found['leak/declared-time']!.verdict).toBe('pass');
    expect(found['leak/replay']!.verdict).toBe('fail');
  });

  it('are let through where the declaration is honest: as the main branch has it, or later', async () => {
    const same = await proposeWith('same', (source) => source.replace('Payments and', 'All payments, and'));
    expect(leaks(same)).toMatchObject({
      'leak/declared-time': { verdict: 'pass' },
      'leak/replay': { verdict: 'pass' },
    });
    expect(same.letThrough).toBe(true);
    const later = await proposeWith('later', (source) => source.replace(HONEST, 'observedAt: paid_at + hours(2.9)'));
    expect(leaks(later)).toMatchObject({
      'leak/declared-time': { verdict: 'pass' },
      'leak/replay': { verdict: 'warn' },
    });
    expect(later.letThrough).toBe(true);
  });

  it('are judged by what the main branch declares, once that has changed', async () => {
    await world.onMain({
      [SOURCE]: (await readFile(join(world.folder, SOURCE), 'utf8')).replace('hours(2.9)', 'hours(1.0)'),
    });
    await world.switchTo('earlier');
    const found = leaks(await propose(world.options));
    expect(found['leak/replay']!.verdict).toBe('pass');
  });

  it('have nothing to be replayed by where the source is new', async () => {
    await world.onMain({ [SOURCE]: null, 'models/dispute/model.yaml': null, 'features/views/history.yaml': null });
    await world.switchTo('earlier');
    expect(leaks(await propose(world.options))['leak/replay']!.verdict).toBe('bootstrap');
  });

  it('are refused where a feature reads the label of the very row', async () => {
    await world.commit({
      'features/views/request.yaml': (await readFile(join(world.folder, 'features/views/request.yaml'), 'utf8'))
        .replace('inputs:\n', 'inputs:\n  was: { type: bool }\n')
        .replace('features:\n', 'features:\n  - { name: was, expression: "was ? 1 : 0" }\n'),
      'models/dispute/model.yaml': modelYaml({ features: '[request]' }).replace(
        'request: { amount: amount }',
        'request: { amount: amount, was: disputed }',
      ),
    });
    const found = leaks(await propose(world.options));
    expect(found['leak/declared-time']).toMatchObject({ verdict: 'fail', feature: 'request.was' });
  });
});
