import { wordsOf } from '../pass/as-held.js';

/** Asks Git and stores beside a decision. What fails is a sentence, so that a rejection, a hold and a revert never depend on it. */
export class LookUps {
  readonly problems: string[] = [];

  /** `what` as the start of a sentence: what nobody can tell; `otherwise` stands in for it then. */
  async of<T>(what: string, otherwise: T, look: () => Promise<T>): Promise<T> {
    try {
      return await look();
    } catch (error) {
      this.problems.push(`${what} cannot be told: ${wordsOf(error)}`);
      return otherwise;
    }
  }
}
