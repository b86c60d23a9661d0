import { readFileSync } from 'node:fs';

/** Next to the sources and to what is built of them. */
const PLACES = ['../package.json', '../../package.json'];

/** What is installed here, such as `0.1.0`. */
export function installedVersion(): string {
  for (const place of PLACES) {
    const { name, version } = read(new URL(place, import.meta.url));
    if (name === '@signalbox/tools' && version !== undefined) return version;
  }
  return 'unknown';
}

function read(url: URL): { readonly name?: string; readonly version?: string } {
  try {
    return JSON.parse(readFileSync(url, 'utf8'));
  } catch {
    return {};
  }
}
