import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProposalWorld, modelYaml, type ProposalWorld } from '../../../tests/pipeline/proposal-world.js';
import type { CommandContext, CommandDefinition } from '../command.js';
import { evaluateCommand } from './evaluate.js';
import { gateCommand } from './gate.js';
import { packageCommand } from './package.js';
import { runsCommand } from './runs.js';
import { trainCommand } from './train.js';

/** The verbs of the pull-request path, one after another on one branch. */
describe('the verbs of the pull-request path', () => {
  let world: ProposalWorld;
  let run: string;

  beforeAll(async () => {
    world = await createProposalWorld();
  });
  afterAll(() => world.remove());

  async function type(
    command: CommandDefinition,
    args: readonly string[],
    options = { env: 'prod', store: '.signalbox/store' },
  ) {
    const { repo, env, signal, wallNow, progress } = world.options;
    const context = { repo, env, signal, wallNow, progress } as CommandContext;
    const { text, json, exitCode } = await command.run(args, options, context);
    return { text, json: json as Record<string, unknown>, exitCode };
  }

  it('train says which run it is, what it cost, and what comes next', async () => {
    const { text, json } = await type(trainCommand, ['dispute']);
    expect(text).toMatch(/^run dispute-[0-9a-f]{12}: trained in .* s of processor time/);
    expect(text).toContain('Next: signalbox evaluate dispute');
    expect(json).toMatchObject({ model: 'dispute', cached: false });
    run = String(json.id);
    expect((await type(trainCommand, ['dispute'])).text).toContain('the same inputs were trained before');
    const handed = { env: 'prod', store: '.signalbox/store', handover: '.signalbox/handover' };
    const head = await world.git.requireCommit('HEAD');
    expect((await type(trainCommand, ['dispute'], handed)).text).toContain(
      `signalbox judge dispute --commit ${head.slice(0, 12)} --handover .signalbox/handover --out .signalbox/verdict`,
    );
  });

  it('evaluate says the scores of that run', async () => {
    const { text, json } = await type(evaluateCommand, ['dispute']);
    expect(text).toMatch(new RegExp(`^run ${run} on [\\d,]+ rows; there is no live version yet`));
    expect(text).toMatch(/Area under the ROC curve: 0\.\d+ \(95 % between/);
    expect(json).toMatchObject({ run, champion: null });
  });

  it('package gives the same digest each time', async () => {
    const first = await type(packageCommand, ['dispute']);
    expect(first.json.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await type(packageCommand, ['dispute'])).json).toEqual(first.json);
  });

  it('gate lets it through, and says every verdict in a sentence', async () => {
    const { text, json, exitCode } = await type(gateCommand, ['dispute']);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^The gates let it through\.\n {2}pass +quality\/auc/);
    expect(json).toMatchObject({ letThrough: true, run });
  });

  it('gate refuses with exit code 1, and runs compares what was trained', async () => {
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ weights: 'worse' }) });
    const { text, json, exitCode } = await type(gateCommand, ['dispute']);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^The gates refuse it\.\n {2}fail +quality\/auc/);
    const listed = await type(runsCommand, ['dispute']);
    expect(listed.json).toHaveLength(2);
    const compared = await type(runsCommand, ['dispute', run, String(json.run)]);
    expect(compared.text).toContain('parameters.weights: amount -> worse');
  });

  it('runs names the run that is not there, and the ones that are', async () => {
    await expect(type(runsCommand, ['dispute', 'dispute-0'])).rejects.toMatchObject({
      code: 'store/not-found',
      hint: expect.stringContaining(run),
    });
    expect((await type(runsCommand, ['other'])).text).toBe('no run of other yet: signalbox train other');
  });

  it('all of them name an environment that is not there', async () => {
    await expect(type(trainCommand, ['dispute'], { env: 'production', store: '' })).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: 'There are: prod.',
    });
  });
});
