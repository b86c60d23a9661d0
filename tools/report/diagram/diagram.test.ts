import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportGraph, ReportGraphNode } from '../report-data.js';
import { diagramOf } from './boxes.js';
import { drawLineage } from './draw.js';
import { BOX_WIDTH, layoutOf } from './layout.js';

const node = (id: string, change: Partial<ReportGraphNode> = {}): ReportGraphNode => ({
  id,
  kind: `kind ${id}`,
  title: `Title of ${id}`,
  facts: {},
  doubt: null,
  ...change,
});

/** Edges lead from higher numbers to lower ones, so there is no cycle. Each node has a kind of its own, so none are grouped. */
const graphs = fc
  .record({
    size: fc.integer({ min: 1, max: 14 }),
    pairs: fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 30 }),
  })
  .map(({ pairs, size }): ReportGraph => {
    const edges = new Map(
      pairs
        .filter(([from, to]) => from > to && from < size)
        .map(([from, to]) => [`${from} ${to}`, [from, to] as const]),
    );
    return {
      nodes: Array.from({ length: size }, (_, at) => node(`n${at}`)),
      edges: [...edges.values()].map(([from, to]) => ({ from: `n${from}`, to: `n${to}` })),
    };
  });

const leads = (edges: ReportGraph['edges'], from: string, to: string): boolean =>
  edges.some((edge) => edge.from === from && (edge.to === to || leads(edges, edge.to, to)));

describe('the picture of a graph', () => {
  it('has every node once, no two on top of each other, all inside of the frame', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { boxes, height, width } = layoutOf(diagramOf(graph));
        expect(boxes.map(({ id }) => id).sort()).toEqual(graph.nodes.map(({ id }) => id).sort());
        for (const [at, one] of boxes.entries()) {
          expect(one.x).toBeGreaterThanOrEqual(0);
          expect(one.x + BOX_WIDTH).toBeLessThanOrEqual(width);
          expect(one.y + one.height).toBeLessThanOrEqual(height);
          for (const other of boxes.slice(at + 1)) {
            const apart =
              one.x + BOX_WIDTH <= other.x ||
              other.x + BOX_WIDTH <= one.x ||
              one.y + one.height <= other.y ||
              other.y + other.height <= one.y;
            expect(apart, `${one.id} lies on ${other.id}`).toBe(true);
          }
        }
      }),
    );
  });

  it('has each cause below its effects', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const place = new Map(layoutOf(diagramOf(graph)).boxes.map(({ id, y }) => [id, y]));
        for (const { from, to } of graph.edges) expect(place.get(from)).toBeGreaterThan(place.get(to)!);
      }),
    );
  });

  it('leaves out a line only where another way says the same', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { edges } = diagramOf(graph);
        for (const { from, to } of graph.edges) expect(leads(edges, from, to)).toBe(true);
        for (const edge of edges) {
          const others = edges.filter((one) => one !== edge);
          expect(leads(others, edge.from, edge.to)).toBe(false);
        }
      }),
    );
  });
});

describe('a box', () => {
  const effect = node('run', { kind: 'run' });
  const definitions = (count: number): ReportGraph => {
    const names = Array.from({ length: count }, (_, at) => `features/views/view_${at}.yaml`);
    return {
      nodes: [effect, ...names.map((name) => node(name, { kind: 'definition', title: name }))],
      edges: names.map((from) => ({ from, to: 'run' })),
    };
  };

  it('stands for several of a kind that went into the same thing', () => {
    const { boxes } = diagramOf(definitions(4));
    expect(boxes).toHaveLength(2);
    expect(boxes[1]).toMatchObject({ kind: '4 definitions' });
    expect(boxes[1]!.lines[0]).toBe('views/view_0.yaml');
    expect(diagramOf(definitions(2)).boxes).toHaveLength(3);
  });

  it('says how many it leaves out', () => {
    expect(diagramOf(definitions(20)).boxes[1]!.lines.at(-1)).toBe('and 12 more');
  });

  it('shows what is not certain, and says why to who points at it', () => {
    const graph = { nodes: [node('run', { kind: 'run', doubt: 'its record <is> gone' })], edges: [] };
    const { markup } = drawLineage(graph, 'A "picture"');
    expect(markup).toContain('class="box open"');
    expect(markup).toContain('Not certain: its record &lt;is&gt; gone');
    expect(markup).toContain('aria-label="A &quot;picture&quot;"');
  });

  it('shortens digests and commits, in full for who points at it', () => {
    const facts = { package: `sha256:${'ab12'.repeat(16)}` };
    const { markup } = drawLineage({ nodes: [node('v', { kind: 'version', facts })], edges: [] }, 'x');
    expect(markup).toContain('>package ab12ab12ab12<');
    expect(markup).toContain(`package: ${facts.package}`);
  });
});
