import { digestJson } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mermaidOf } from './describe/mermaid.js';
import { treeLines } from './describe/tree.js';
import { listWithDigest } from './facts/data.js';
import { type LineageGraph, reachedFrom } from './graph.js';
import { edge, node } from './nodes/part.js';

/** Edges lead from lower numbers to higher ones, so there is no cycle. */
const graphs = fc
  .record({
    size: fc.integer({ min: 1, max: 12 }),
    pairs: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 }),
  })
  .map(({ pairs, size }): LineageGraph => {
    const names = Array.from({ length: size }, (_, at) => `n${at}`);
    const edges = new Map(
      pairs
        .filter(([from, to]) => from < to && to < size)
        .map(([from, to]) => [`${from} ${to}`, edge(`n${from}`, 'made', `n${to}`)]),
    );
    return { nodes: names.map((name) => node('run', name, { title: name })), edges: [...edges.values()] };
  });

describe('the part of a graph that is reached', () => {
  it('is what the matrix of paths says, in both directions', () => {
    fc.assert(
      fc.property(graphs, fc.nat(11), (graph, at) => {
        const start = `n${at % graph.nodes.length}`;
        const names = graph.nodes.map(({ id }) => id);
        expect(reachedFrom(graph, [start], 'effects').nodes.map(({ id }) => id)).toEqual(
          names.filter((name) => leads(graph, start, name)),
        );
        expect(reachedFrom(graph, [start], 'causes').nodes.map(({ id }) => id)).toEqual(
          names.filter((name) => leads(graph, name, start)),
        );
      }),
    );
  });

  it('is written out whole as a tree, each node in full once', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { nodes } = reachedFrom(graph, ['n0'], 'effects');
        const lines = treeLines(graph, 'n0', 'effects');
        for (const { title } of nodes) {
          const own = lines.filter((line) => line.replace(/^[│├└─ ]*/, '').split(' ')[0] === title);
          expect(own.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe('a Mermaid chart', () => {
  it('holds nothing of a title that Mermaid could take for its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'"<>&#;\n\r\t\u0000[](){}|`a7é'), maxLength: 30 }), (title) => {
        const chart = mermaidOf({ nodes: [node('version', 'v', { title })], edges: [] });
        const inside = chart.slice(chart.indexOf('"') + 1, chart.lastIndexOf('"'));
        expect(inside.replace(/#\d+;/g, '')).not.toMatch(/["<>#&\n\r]/);
      }),
    );
  });
});

describe('the snapshots of a dataset of several sources', () => {
  const bySource = [['a1', 'a2'], ['b1', 'b2', 'b3'], ['c1']];

  it('are found by the digest of their list, whatever the order of the sources', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 2 }), fc.infiniteStream(fc.nat(5)), (sources, picks) => {
        const list = sources.map((source) => {
          const known = bySource[source]!;
          return known[(picks.next().value as number) % known.length]!;
        });
        expect(listWithDigest(bySource, digestJson(list))).toEqual(list);
      }),
    );
  });

  it('are not made up', () => {
    expect(listWithDigest(bySource, digestJson(['a1', 'a2']))).toBeNull();
    expect(listWithDigest([], digestJson([]))).toBeNull();
  });
});

/** By definition: there is a path of any length. */
function leads({ edges }: LineageGraph, from: string, to: string): boolean {
  return from === to || edges.some((one) => one.from === from && leads({ nodes: [], edges }, one.to, to));
}
