/** The champion's own score of one request, for the shadow copy that is compared with it; whichever of the two ends first waits for the other. */
export class ChampionScore {
  #score: number | null = null;
  #waiting: ((score: number) => void) | null = null;

  /** NaN where the champion gave none itself. */
  settle(score: number): void {
    this.#score = score;
    this.#waiting?.(score);
  }

  /** Calls back once, at once where it is known already. */
  whenSettled(use: (score: number) => void): void {
    if (this.#score === null) this.#waiting = use;
    else use(this.#score);
  }
}
