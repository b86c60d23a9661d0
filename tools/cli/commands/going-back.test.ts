import { describe, expect, it } from 'vitest';
import type { CommandContext, CommandDefinition } from '../command.js';
import { emergencyCommand } from './emergency.js';
import { freezeCommand } from './freeze.js';
import { holdCommand } from './hold.js';
import { initCommand } from './init.js';
import { keysCommand } from './keys.js';
import { rollbackCommand } from './rollback.js';

describe('the verbs that go back or stop', () => {
  const context = { repo: '/nowhere', env: {}, wallNow: () => 0 } as unknown as CommandContext;
  const cases: readonly (readonly [CommandDefinition, readonly string[], Record<string, string>, string])[] = [
    [freezeCommand, [], { reason: 'stocktaking' }, '--until is missing'],
    [freezeCommand, [], { until: '3d' }, '--reason is missing'],
    [freezeCommand, [], { until: '3d', reason: 'x', from: 'soon' }, 'expected a moment in UTC, got "soon"'],
    [freezeCommand, [], { lift: 'sale', until: '3d', reason: 'x' }, '--until, --reason cannot be given here'],
    [freezeCommand, [], { until: '3d', reason: 'x', approveAs: 'Grace' }, '--approve-as cannot be given here'],
    [holdCommand, ['late'], { version: '2' }, '--reason is missing'],
    [holdCommand, ['late'], { version: '2', reason: 'x', lift: true as never }, '--reason cannot be given here'],
    [emergencyCommand, ['late'], { to: 'one', reason: 'x' }, '--to is a version number'],
    [emergencyCommand, ['late'], { reason: 'x' }, '--to is missing'],
    [rollbackCommand, ['late'], { to: '0' }, '--to is a version number'],
    [keysCommand, ['rotate'], {}, 'expected one of targets, rollout, snapshot, timestamp, emergency, got none'],
    [keysCommand, ['rotate', 'root'], {}, 'got root'],
    [keysCommand, ['mint'], { rootKeys: 'x', threshold: '1' }, '--root-keys is a whole number from 1 to 100; got "x"'],
    [
      keysCommand,
      ['mint'],
      { rootKeys: '1', threshold: '1.5' },
      '--threshold is a whole number from 1 to 100; got "1.5"',
    ],
    [keysCommand, ['show', 'timestamp'], {}, 'keys show takes no kind of key, got timestamp'],
    [keysCommand, ['export'], { env: undefined as never }, '--env is missing'],
    [initCommand, ['models'], { app: 'bot', apply: true as never }, '--apply, --app cannot be given here'],
    [keysCommand, ['turn'], {}, 'expected mint, show, export or rotate, got turn'],
  ];

  it.each(cases)('say what is missing before they touch anything: %#', async (...one) => {
    const [command, args, options, said] = one;
    await expect(command.run(args, { env: 'prod', ...options }, context)).rejects.toMatchObject({
      code: 'input/bad-argument',
      message: expect.stringContaining(said),
    });
  });

  it('show the keys of prod where none is named, as other verbs that change nothing', async () => {
    const shown = keysCommand.run(['show'], {}, { ...context, repo: '/nowhere' });
    await expect(shown).rejects.not.toMatchObject({ code: 'input/bad-argument' });
  });
});
