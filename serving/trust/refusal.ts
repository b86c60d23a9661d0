/**
 * Why an update was not taken.
 * `trust`: what is published breaks a rule; `store`: it could not be read; `nothing-published`: there is nothing to take yet.
 */
export type RefusalKind = 'trust' | 'store' | 'nothing-published';

interface RefusalAbout {
  readonly kind?: RefusalKind;
  readonly model?: string;
  readonly serial?: number;
  readonly cause?: unknown;
}

/** Thrown inside trust and turned into an answer by the client: a refused update is a normal event for a pod, never a crash. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** The model and serial that the reason speaks of, where it speaks of one. */
  readonly model: string | null;
  readonly serial: number | null;

  constructor(reason: string, about: RefusalAbout = {}) {
    const prefix = about.model === undefined ? '' : `${about.model}: `;
    super(`${prefix}${reason}`, about.cause === undefined ? undefined : { cause: about.cause });
    this.kind = about.kind ?? 'trust';
    this.model = about.model ?? null;
    this.serial = about.serial ?? null;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
