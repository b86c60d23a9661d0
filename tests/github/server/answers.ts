import type { Operation } from '../openapi/description.js';
import type { Account, ServerState } from './state.js';

export interface Call {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly actor: Account;
  readonly url: URL;
  readonly state: ServerState;
}

export interface Answer {
  readonly status: number;
  /** Laid over the smallest answer that the description allows; an error's as it is. */
  readonly fields?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (call: Call) => Answer | Promise<Answer>;

export const refuse = (status: number, message: string, errors?: readonly unknown[]): Answer => ({
  status,
  fields: { message, documentation_url: 'https://docs.github.com/rest', ...(errors && { errors }) },
});

export const notFound = (): Answer => refuse(404, 'Not Found');

/** One page of a list, with the links to the others. */
export function page(
  { query, url }: Call,
  all: readonly unknown[],
  wrap = (some: readonly unknown[]): unknown => some,
): Answer {
  const size = Number(query.per_page ?? 30);
  const number = Number(query.page ?? 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (rel: string, target: number) => {
    const to = new URL(url);
    to.searchParams.set('page', String(target));
    return `<${to.href}>; rel="${rel}"`;
  };
  const links = number < last ? [link('next', number + 1), link('last', last)] : [];
  const fields = wrap(all.slice((number - 1) * size, number * size));
  return { status: 200, fields, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}
