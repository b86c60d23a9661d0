import type { LineageGraph, LineageNode } from './graph.js';

/** What people name a thing by. */
export interface Named {
  /** As it was typed. */
  readonly text: string;
  /** Relative to the repository; null when it lies outside. */
  readonly path: string | null;
  /** Digest of the file on this machine; null when there is none. */
  readonly content: string | null;
}

/** The nodes that a name stands for: by path, by content, by a digest or its beginning, or by the id of a run or of a node. Pure. */
export function findNodes({ nodes }: LineageGraph, named: Named): readonly LineageNode[] {
  const prefix = digestPrefix(named.text);
  return nodes.filter(
    (node) =>
      node.id === named.text ||
      node.id === `run:${named.text}` ||
      (prefix !== null && node.digests.some((digest) => digest.startsWith(prefix))) ||
      (named.content !== null && node.digests.includes(named.content)) ||
      isAtPath(node, named.path) ||
      isAtPath(node, named.text),
  );
}

/** Eight digits of a digest are enough to name one by hand. */
function digestPrefix(text: string): string | null {
  return /^(sha256:)?[0-9a-f]{8,64}$/.test(text) ? `sha256:${text.replace('sha256:', '')}` : null;
}

/** The code of a model is a folder, so that each of its files stands for it, except those that are documents of their own. */
function isAtPath({ kind, path }: LineageNode, asked: string | null): boolean {
  if (path === null || asked === null) return false;
  if (path === asked) return true;
  return kind === 'code' && asked.startsWith(`${path}/`) && !/\/(model\.yaml|README\.md|versions\/.*)$/.test(asked);
}
