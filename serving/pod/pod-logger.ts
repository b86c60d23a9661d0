/** Where a pod says what happens to it: a JSON log, or lines for people. */
export interface PodLogger {
  info(message: string): void;
  warn(message: string): void;
  error(details: object, message: string): void;
}
