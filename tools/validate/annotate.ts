import type { Finding } from '@signalbox/contracts';

/** Shows findings beside the lines of a pull request: workflow commands on standard output, which GitHub Actions reads. */
export async function annotate(findings: readonly Finding[]): Promise<void> {
  const core = await import('@actions/core');
  for (const { severity, message, hint, place, code } of findings) {
    const text = `${place.field ? `${place.field}: ` : ''}${message}${hint ? `\n${hint}` : ''}`;
    const properties = {
      title: code,
      file: place.file,
      ...(place.line === undefined ? {} : { startLine: place.line }),
      ...(place.column === undefined ? {} : { startColumn: place.column }),
    };
    (severity === 'error' ? core.error : core.warning)(text, properties);
  }
}
