/** What a prediction id says without any log: who answered, when, and by which manifest and version. No values. */
export interface PredictionIdParts {
  readonly model: string;
  readonly version: number;
  readonly serial: number;
  readonly pod: string;
  /** Epoch milliseconds of the wall clock. */
  readonly wallMs: number;
  /** Counts the answers of this process, so that two of one millisecond differ. */
  readonly counter: number;
}

const PATTERN =
  /^([a-z][a-z0-9_-]{0,62})\.([1-9][0-9]{0,8})\.([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{1,63})\.([0-9a-z]{1,9})\.([0-9a-z]{1,11})$/;

/** `<model>.<version>.<serial>.<pod>.<time>.<counter>`, the last two in base 36. */
export function parsePredictionId(id: string): PredictionIdParts | null {
  const match = PATTERN.exec(id);
  if (match === null) return null;
  const [, model, version, serial, pod, time, counter] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    model,
    version: Number(version),
    serial: Number(serial),
    pod,
    wallMs: Number.parseInt(time, 36),
    counter: Number.parseInt(counter, 36),
  };
}

/** Makes the ids of one process. */
export class PredictionIds {
  readonly #middle: string;
  #counter = 0;
  #lastMs = -1;
  #suffix = '';

  constructor(pod: string) {
    this.#middle = `.${pod}.`;
  }

  /** `prefix` is `<model>.<version>.<serial>`: the same for many answers, so it is made once. */
  next(prefix: string, wallMs: number): string {
    if (wallMs !== this.#lastMs) {
      this.#lastMs = wallMs;
      this.#suffix = `${this.#middle}${wallMs.toString(36)}.`;
    }
    this.#counter += 1;
    return `${prefix}${this.#suffix}${this.#counter.toString(36)}`;
  }
}
