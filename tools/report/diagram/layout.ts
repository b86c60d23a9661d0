import type { DiagramBox, DiagramGraph } from './boxes.js';
import { layered } from './layers.js';

export interface PlacedBox extends DiagramBox {
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  /** From cause to effect: the middle of each slot, with the upper and lower end of its layer. */
  readonly lines: readonly (readonly Waypoint[])[];
}

export interface Waypoint {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

/** In user units of the picture, which are pixels in a column of its full width. */
export const BOX_WIDTH = 208;
export const LINE_HEIGHT = 16;
export const HEAD_HEIGHT = 35;
const BEND_WIDTH = 28;
const COLUMN_GAP = 26;
const LAYER_GAP = 34;

/** Places for boxes and lines: layers from top to bottom, each in the middle. Pure. */
export function layoutOf(graph: DiagramGraph): Layout {
  const { layers, lines } = layered(graph);
  const boxes = new Map(graph.boxes.map((box) => [box.id, box]));
  const widthOf = (slot: { readonly isBox: boolean }) => (slot.isBox ? BOX_WIDTH : BEND_WIDTH);
  const widths = layers.map((layer) => sum(layer.map(widthOf)) + COLUMN_GAP * (layer.length - 1));
  const width = Math.max(0, ...widths);
  const placed: PlacedBox[] = [];
  const waypoints = new Map<string, Waypoint>();
  let y = 0;
  for (const [at, layer] of layers.entries()) {
    const layerHeight = Math.max(...layer.map(({ id }) => heightOf(boxes.get(id))));
    let x = (width - widths[at]!) / 2;
    for (const slot of layer) {
      const box = boxes.get(slot.id);
      const height = box === undefined ? layerHeight : heightOf(box);
      const top = y + (layerHeight - height) / 2;
      if (box !== undefined) placed.push({ ...box, x, y: top, height });
      waypoints.set(slot.id, { x: x + widthOf(slot) / 2, top, bottom: top + height });
      x += widthOf(slot) + COLUMN_GAP;
    }
    y += layerHeight + LAYER_GAP;
  }
  return {
    width,
    height: Math.max(0, y - LAYER_GAP),
    boxes: placed,
    lines: lines.map((line) => line.map((id) => waypoints.get(id)!)),
  };
}

const heightOf = (box: DiagramBox | undefined): number =>
  box === undefined ? 0 : HEAD_HEIGHT + LINE_HEIGHT * (box.lines.length - 1) + 14;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
