/** What was learnt about the newest head that was asked about, once, however many ask at the same time. */
export class OfNewestHead<T> {
  #newest: { readonly head: string; readonly value: Promise<T> } | null = null;

  /** `learn` gets what was known of the head before, so that it may read only what came since. A failure is forgotten. */
  of(head: string, learn: (before: T | null) => Promise<T>): Promise<T> {
    const newest = this.#newest;
    if (newest?.head === head) return newest.value;
    const before = newest === null ? Promise.resolve(null) : newest.value.catch(() => null);
    const value = before.then(learn);
    this.#newest = { head, value };
    value.catch(() => {
      if (this.#newest?.value === value) this.#newest = newest;
    });
    return value;
  }
}
