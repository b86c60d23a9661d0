/** Of at least one value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `4.1 (3.9 to 4.4)`: rounds on shared cores differ, so a median is told with its range. */
export function spread(values: readonly number[]): string {
  const figure = (value: number): string => String(Number(value.toPrecision(3)));
  return `${figure(median(values))} (${figure(Math.min(...values))} to ${figure(Math.max(...values))})`;
}
