import type { Identity } from '../../forge/index.js';

/** A commit message with somebody's own words, which are never its last paragraph: there they could be a trailer that decides something. */
export function inWords(title: string, words: string, { name }: Pick<Identity, 'name'>): string {
  return `${title}\n\n${words}\n\nAsked-by: ${name}`;
}
