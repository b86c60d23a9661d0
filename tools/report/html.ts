/** Markup that needs no more escaping. Only `html` and `trusted` make it. */
export interface Html {
  readonly markup: string;
}

type Insertable = Html | string | number | readonly Insertable[];

/** A tagged template: what is inserted is escaped unless it is markup already. */
export function html(parts: TemplateStringsArray, ...inserted: readonly Insertable[]): Html {
  return { markup: parts.reduce((text, part, index) => text + render(inserted[index - 1]!) + part) };
}

/** For text that this program made itself, such as an SVG. */
export function trusted(markup: string): Html {
  return { markup };
}

function render(value: Insertable): string {
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
