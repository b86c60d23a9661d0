/**
 * Seeded random numbers that are the same in every language: mulberry32, which needs 32-bit integer arithmetic only.
 * Source: Tommy Ettinger's mulberry32 (public domain). The k-th number depends on the seed and k alone.
 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
