export interface PrometheusServer {
  readonly address: string;
  /** What its `Authorization` header says; none unless given. */
  readonly authorization?: string;
}

/** Lines of `<origin> <header>`, as `https://metrics.example Bearer abc`: a change of an address in Git sends what one server was told to no other. */
export const AUTHORIZATION_VARIABLE = 'SIGNALBOX_PROMETHEUS_AUTHORIZATION';

/** The server at an address, with what the lines say for its origin. Pure. */
export function prometheusServer(address: string, lines = ''): PrometheusServer {
  const origin = originOf(address);
  for (const line of origin === null ? [] : lines.split('\n')) {
    const [named = '', ...header] = line.trim().split(/\s+/);
    if (originOf(named) === origin && header.length > 0) return { address, authorization: header.join(' ') };
  }
  return { address };
}

/** Null for what is no address. */
export const originOf = (address: string): string | null => (URL.canParse(address) ? new URL(address).origin : null);
