import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importedRoom, PACKAGES, ROOT, readSourceFiles, roomOf, type SourceFile } from './source-files.js';

const MAX_LINES = 400;
const MAX_MEDIAN_LINES = 80;

/** Production code; tests may import what they like. */
const sources = readSourceFiles(PACKAGES).filter((file) => !/\.(test|oracle)\.ts$/.test(file.path));
const architecture = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');

/** The rows of the layer table: room -> rooms it may import. */
function allowedImports(): Map<string, Set<string>> {
  const rows = [...architecture.matchAll(/^\| `([a-z/]+)` \|[^|]*\| ([^|]*) \|$/gm)];
  return new Map(rows.map((row) => [row[1]!, new Set([...row[2]!.matchAll(/`([a-z/]+)`/g)].map((room) => room[1]!))]));
}

function roomsImportedBy(files: readonly SourceFile[]): Map<string, Map<string, string>> {
  const edges = new Map<string, Map<string, string>>();
  for (const file of files) {
    const room = roomOf(file.path);
    for (const specifier of file.imports) {
      const target = importedRoom(file.path, specifier);
      if (target === null || target === room) continue;
      if (!edges.has(room)) edges.set(room, new Map());
      edges.get(room)!.set(target, file.path);
    }
  }
  return edges;
}

describe('the layer table of docs/ARCHITECTURE.md', () => {
  const allowed = allowedImports();
  const edges = roomsImportedBy(sources);
  const rooms = new Set(sources.map((file) => roomOf(file.path)));

  it('names each room of the code, and no room that is not there', () => {
    expect([...allowed.keys()].sort()).toEqual([...rooms].sort());
  });

  it('allows each import between rooms', () => {
    const forbidden = [...edges].flatMap(([room, targets]) =>
      [...targets]
        .filter(([target]) => !allowed.get(room)?.has(target))
        .map(([target, file]) => `${file}: ${room} may not import ${target}`),
    );
    expect(forbidden).toEqual([]);
  });

  it('allows no import that nobody makes, so that the table stays true', () => {
    const unused = [...allowed].flatMap(([room, targets]) =>
      [...targets]
        .filter((target) => !edges.get(room)?.has(target))
        .map((target) => `${room} does not import ${target}`),
    );
    expect(unused).toEqual([]);
  });

  it('has no cycle', () => {
    const cycles: string[] = [];
    const visit = (room: string, trail: readonly string[]): void => {
      if (trail.includes(room)) {
        cycles.push([...trail.slice(trail.indexOf(room)), room].join(' -> '));
        return;
      }
      for (const target of allowed.get(room) ?? []) visit(target, [...trail, room]);
    };
    for (const room of allowed.keys()) visit(room, []);
    expect(cycles).toEqual([]);
  });
});

describe('the files', () => {
  it(`are under ${MAX_LINES} lines each`, () => {
    const all = readSourceFiles([...PACKAGES, 'tests', 'bench', 'models']);
    expect(all.filter((file) => file.lines > MAX_LINES).map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
  });

  it(`have a median under ${MAX_MEDIAN_LINES} lines`, () => {
    const lines = sources.map((file) => file.lines).sort((a, b) => a - b);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThan(MAX_MEDIAN_LINES);
  });

  it('are reached through the index of their package folder from other packages', () => {
    const deep = sources.flatMap((file) =>
      file.imports.filter((name) => /^@signalbox\/[a-z]+\/[a-z-]+\//.test(name)).map((name) => `${file.path}: ${name}`),
    );
    expect(deep).toEqual([]);
  });
});

describe('YAML', () => {
  it('is read in one place, which stands what anybody may have written', () => {
    const reading = /import \{[^}]*\b(?:parse|parseDocument|parseAllDocuments|Parser|Composer)\b[^}]*\} from 'yaml'/;
    const using = sources.filter(({ imports }) => imports.includes('yaml'));
    const readers = using.filter(({ path }) => reading.test(readFileSync(join(ROOT, path), 'utf8')));
    expect(readers.map(({ path }) => path)).toEqual(['contracts/parsing/compose-yaml.ts']);
  });
});

describe('the links of the documentation', () => {
  it('lead to files that exist', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      'docs/ARCHITECTURE.md',
      'docs/ROADMAP.md',
      'docs/decisions/README.md',
    ];
    const broken = pages.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), 'utf8');
      return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
        .map((link) => link[1]!)
        .filter((link) => !existsSync(join(ROOT, page, '..', link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });
});
