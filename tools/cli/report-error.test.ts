import { SignalboxError } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { errorJson, formatError } from './report-error.js';

describe('an error with words of others', () => {
  const message = 'git said:\n::error::x\n\tremote: \u001b[2J ##[add-mask]e';
  const error = new SignalboxError('git/failed', message, { hint: 'Look at\n  ::stop-commands::x' });

  it('is lines that command neither a terminal nor a log', () => {
    expect(formatError(error, { debug: false })).toBe(
      'error: git said:\n\\u{3a}:error::x\n  remote: \\u{1b}[2J #\\u{23}[add-mask]e [git/failed]\n  hint: Look at\n  \\u{3a}:stop-commands::x\n',
    );
  });

  it('is exact for machines', () => {
    expect(errorJson(error)).toMatchObject({ error: { message, hint: error.hint } });
  });
});
