import { saysJust } from '../../forge/index.js';

/** A commit message with somebody's own words, which are never its last paragraph: there they could be a trailer that decides something. */
export function inWords(title: string, words: string, by: string): string {
  return `${title}\n\n${words}\n\nAsked-by: ${by}`;
}

/** Whether a message says just what another does, whoever asked. */
export function saysTheSame(said: string, meant: string): boolean {
  const withoutName = (message: string) => message.replace(/^Asked-by: .*$/gm, 'Asked-by:');
  return saysJust(withoutName(said), withoutName(meant));
}
