export { count, figure } from '../gates/index.js';

/** A share as people read it: `0.4 %`, `31 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}
