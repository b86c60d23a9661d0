/** Time that passes only when everybody waits. */
export class SimulatedClock {
  nowMs = 0;
  readonly #waiting: { readonly atMs: number; readonly wake: (goOn: boolean) => void }[] = [];

  /** As pods wait between polls; answers false once the clock has been stopped. */
  wait(timeMs: number): Promise<boolean> {
    return new Promise((wake) => this.#waiting.push({ atMs: this.nowMs + timeMs, wake }));
  }

  /** Lets time pass, one waker after the other; each goes on until it waits again. */
  async runUntil(endMs: number): Promise<void> {
    const everybody = this.#waiting.length;
    for (let next = this.#next(endMs); next !== null; next = this.#next(endMs)) {
      this.nowMs = next.atMs;
      next.wake(true);
      while (this.#waiting.length < everybody) await null;
    }
    this.nowMs = endMs;
  }

  stop(): void {
    for (const { wake } of this.#waiting.splice(0)) wake(false);
  }

  /** Takes the earliest of those who wait for a time before the end. */
  #next(endMs: number) {
    let earliest = 0;
    for (let i = 1; i < this.#waiting.length; i += 1) {
      if (this.#waiting[i]!.atMs < this.#waiting[earliest]!.atMs) earliest = i;
    }
    const found = this.#waiting[earliest];
    if (found === undefined || found.atMs >= endMs) return null;
    this.#waiting[earliest] = this.#waiting.at(-1)!;
    this.#waiting.pop();
    return found;
  }
}
