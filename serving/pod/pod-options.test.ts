import { describe, expect, it } from 'vitest';
import { parsePodOptions } from './pod-options.js';

const NEEDED = ['--env', 'prod', '--artifacts', 'a', '--online', 'o', '--root', 'r'];

describe('parsePodOptions', () => {
  it('needs four options and has defaults for the others', () => {
    expect(parsePodOptions([...NEEDED, '--name', 'pod-1'])).toEqual({
      ...{ environment: 'prod', artifacts: 'a', online: 'o', root: 'r', name: 'pod-1', log: null, addressFile: null },
      ...{ host: '127.0.0.1', port: 8080, pollMs: 5_000, cache: '.signalbox/pods/pod-1' },
      ...{ logRate: null, evidenceMs: 10_000, bodyLimitBytes: 1_048_576 },
    });
    expect(parsePodOptions(NEEDED).name).toMatch(/^pod-[A-Za-z0-9_-]+-[0-9]+$/);
  });

  it.each([
    ['0s', 10],
    ['30d', 3_600_000],
  ])('takes an interval of %s as %i ms: timers would take it for none at all', (text, ms) => {
    const options = parsePodOptions([...NEEDED, '--poll', text, '--evidence-interval', text]);
    expect([options.pollMs, options.evidenceMs]).toEqual([ms, ms]);
  });

  it.each([
    { argv: ['--env', 'prod'], message: /--artifacts is missing/ },
    { argv: [...NEEDED, '--name', 'pod/1'], message: /--name: expected letters, digits/ },
    { argv: [...NEEDED, '--port', '70000'], message: /--port: expected a whole number from 0 to 65535, got "70000"/ },
    { argv: [...NEEDED, '--poll', 'often'], message: /--poll: .*often/ },
    { argv: [...NEEDED, '--log-rate', '2'], message: /--log-rate: expected a share from 0 to 1/ },
    { argv: [...NEEDED, '--evidence-interval', 'soon'], message: /--evidence-interval: .*soon/ },
    { argv: [...NEEDED, '--body-limit', '1'], message: /--body-limit/ },
    { argv: [...NEEDED, '--nonsense'], message: /nonsense/ },
  ])('refuses $argv', ({ argv, message }) => {
    expect(() => parsePodOptions(argv)).toThrow(message);
  });
});
