import type { FeatureToken } from '@signalbox/contracts';

/** The offsets move far less often than requests come, and the reader hands out the same object until they do. */
const viewsJson = new WeakMap<FeatureToken['views'], string>();

/** `JSON.stringify` of a token; it stands in every answer and every line of the log. */
export function tokenJson({ atUs, views }: FeatureToken): string {
  let text = viewsJson.get(views);
  if (text === undefined) {
    text = JSON.stringify(views);
    viewsJson.set(views, text);
  }
  return `{"atUs":${atUs},"views":${text}}`;
}
