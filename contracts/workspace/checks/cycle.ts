/** A way from `start` back to itself, both ends included; null: there is none. */
export function cycleFrom(start: string, next: (name: string) => readonly string[]): readonly string[] | null {
  const seen = new Set<string>();
  const paths: string[][] = [[start]];
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const name of next(path.at(-1)!)) {
      if (name === start) return [...path, name];
      if (seen.has(name)) continue;
      seen.add(name);
      paths.push([...path, name]);
    }
  }
  return null;
}
