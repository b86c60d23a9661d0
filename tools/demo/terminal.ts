import { styleText } from 'node:util';

/** How the demo speaks: acts as headings, commands as a person would type them, their output set in. */
export interface Terminal {
  readonly heading: (text: string, plot: string) => void;
  readonly sentence: (text: string) => void;
  /** What came of it, with its numbers. */
  readonly told: (text: string) => void;
  readonly command: (text: string) => void;
  /** Output of a command, set in. */
  readonly output: (text: string) => void;
}

export function createTerminal(say: (line: string) => void, options: { readonly colour: boolean }): Terminal {
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    options.colour ? styleText(format, text) : text;
  return {
    heading: (text, plot) => {
      say('');
      say(style(['bold', 'cyan'], text));
      say(`  ${plot}`);
    },
    sentence: (text) => {
      say('');
      say(`  ${text}`);
    },
    told: (text) => {
      say('');
      say(`  ${style('green', '▸')} ${text}`);
    },
    command: (text) => {
      say('');
      say(`  ${style('cyan', '$')} ${style('bold', text)}`);
    },
    output: (text) => {
      for (const line of text.replace(/\n+$/, '').split('\n')) if (line !== '') say(`    ${style('dim', line)}`);
    },
  };
}
