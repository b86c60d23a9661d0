import { type Html, html } from '../html.js';
import type { ReportGraph } from '../report-data.js';
import { diagramOf, MAX_LETTERS } from './boxes.js';
import { BOX_WIDTH, HEAD_HEIGHT, type Layout, LINE_HEIGHT, layoutOf, type PlacedBox, type Waypoint } from './layout.js';

/** Room around the picture for outlines. */
const MARGIN = 2;
/** How far the picture shrinks before it is scrolled, and grows before it is centred: text stays readable and smaller than the page's. */
const SMALLEST = 0.85;
const LARGEST = 1.1;

/** A family of things has one colour; where there is none, it is quiet. */
const COLOURS: readonly (readonly [RegExp, string])[] = [
  [/data file|snapshot|dataset/, '--series-3'],
  [/definition|code/, '--series-4'],
  [/run|version/, '--series-1'],
  [/pull request|release/, '--series-2'],
];

/** The graph as a picture whose colours follow the reader's setting: the answer at the top, the data at the bottom. */
export function drawLineage(graph: ReportGraph, label: string): Html {
  const layout = layoutOf(diagramOf(graph));
  const view = [-MARGIN, -MARGIN, layout.width + 2 * MARGIN, layout.height + 2 * MARGIN].join(' ');
  return html`<svg class="lineage" role="img" aria-label="${label}" viewBox="${view}" xmlns="http://www.w3.org/2000/svg" style="min-width:${Math.round(layout.width * SMALLEST)}px;max-width:${Math.round(layout.width * LARGEST)}px">
${lines(layout)}
${layout.boxes.map(box)}
</svg>`;
}

function lines(layout: Layout): readonly Html[] {
  return layout.lines.map((line) => html`<path class="line" d="${pathOf(line)}"/>`);
}

/** From the top of the cause upwards to the bottom of the effect, straight through the layers that it passes. */
function pathOf(line: readonly Waypoint[]): string {
  const [first, ...rest] = line;
  let [x, y] = [first!.x, first!.top];
  let path = `M${point(x, y)}`;
  for (const { bottom, top, x: nextX } of rest) {
    const middle = (y + bottom) / 2;
    path += ` C${point(x, middle)} ${point(nextX, middle)} ${point(nextX, bottom)}`;
    const isLast = nextX === line.at(-1)!.x && bottom === line.at(-1)!.bottom;
    if (!isLast) path += ` L${point(nextX, top)}`;
    [x, y] = [nextX, top];
  }
  return path;
}

const point = (x: number, y: number): string => `${x.toFixed(1)},${y.toFixed(1)}`;

function box({ certain, height, hint, kind, lines: said, x, y }: PlacedBox): Html {
  const colour = COLOURS.find(([kinds]) => kinds.test(kind))?.[1] ?? '--muted';
  const place = (at: number) => y + HEAD_HEIGHT + at * LINE_HEIGHT;
  return html`<g class="${certain ? 'box' : 'box open'}" style="--kind:var(${colour})"><title>${hint}</title>
<rect class="frame" x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${BOX_WIDTH}" height="${height}" rx="7"/>
<rect class="mark" x="${x.toFixed(1)}" y="${(y + 8).toFixed(1)}" width="3" height="${height - 16}" rx="1.5"/>
<text class="kind" x="${(x + 12).toFixed(1)}" y="${(y + 18).toFixed(1)}">${kind}</text>
${said.map((line, at) => html`<text class="${at === 0 || /s$/.test(kind) ? 'title' : 'said'}" x="${(x + 12).toFixed(1)}" y="${place(at).toFixed(1)}">${shortened(line)}</text>`)}</g>`;
}

function shortened(text: string): string {
  return text.length <= MAX_LETTERS ? text : `${text.slice(0, MAX_LETTERS - 1)}…`;
}
