/** `optional`: it is not there, and only the named thing needs it. */
export type CheckState = 'ok' | 'missing' | 'optional';

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly found: string;
  /** How to get what is missing. */
  readonly fix?: string;
}
