/**
 * Charts are drawn once with these stand-in colours, and each stand-in then becomes a CSS variable, so that one SVG follows the reader's
 * light or dark setting. The stand-ins only have to be unlike any colour that Vega writes itself.
 */
export const INK = '#10a001';
export const MUTED = '#10a002';
export const RULE = '#10a003';
export const GOOD = '#10a004';
export const BAD = '#10a005';
export const SERIES = ['#10a011', '#10a012', '#10a013', '#10a014'] as const;

const VARIABLES: Readonly<Record<string, string>> = {
  [INK]: '--ink',
  [MUTED]: '--muted',
  [RULE]: '--rule',
  [GOOD]: '--good',
  [BAD]: '--bad',
  ...Object.fromEntries(SERIES.map((colour, index) => [colour, `--series-${index + 1}`])),
};

/** The colour of a version: the first keeps the first colour wherever it appears. */
export function versionColour(version: number): string {
  return SERIES[(version - 1) % SERIES.length]!;
}

export function toVariables(svg: string): string {
  return svg.replace(/#10a0[0-9a-f]{2}/g, (colour) => (VARIABLES[colour] ? `var(${VARIABLES[colour]})` : colour));
}
