import type { FastifyInstance } from 'fastify';
import { BadRequest } from '../prediction/index.js';

const INVALID_JSON = 'FST_ERR_CTP_INVALID_JSON_BODY';

/** Reads bodies of a content type as JSON, safe against prototype keys, and says what is wrong with those that cannot be read. */
export function readJsonBodies(app: FastifyInstance, contentType: string): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(contentType, { parseAs: 'string' }, (request, body, done) => {
    parse(request, body as string, (error: (Error & { code?: string }) | null, value) => {
      if (error === null) done(null, value);
      else done(error.code === INVALID_JSON ? whyRefused(body as string) : error);
    });
  });
}

/** Fastify's parser has one error for two things: no JSON, and JSON with keys that would reach into prototypes. */
function whyRefused(body: string): BadRequest {
  try {
    JSON.parse(body);
  } catch (error) {
    const why = (error as Error).message.replace(/ is not valid JSON$/, '');
    return new BadRequest(
      'body',
      `the body is not valid JSON: ${why}`,
      'Send a JSON object; NaN and Infinity are no JSON.',
    );
  }
  return new BadRequest(
    'body',
    'the keys "__proto__" and "constructor.prototype" are not allowed in the body',
    'Leave them out.',
  );
}
