import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Prediction, ServingTable } from '../../prediction/index.js';
import { HttpError } from '../http-errors.js';
import { tableOf } from '../served-model.js';
import type { ServerOptions } from '../server-options.js';
import { noAnswer } from '../v1/predict.js';
import { type InferRequest, parseInferRequest } from './infer-request.js';
import { OUTPUTS } from './metadata.js';

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

/** The table of a model and, where the path names one, the version. Throws `HttpError` 404. */
export function findModel(
  { pod }: Pick<ServerOptions, 'pod'>,
  params: unknown,
): { table: ServingTable; version: number | null } {
  const { model, version } = params as ModelParams;
  const table = tableOf(pod, model);
  if (version === undefined) return { table, version: null };
  const found = [...table.versions.values()].find((each) => String(each.version) === version && each.loaded !== null);
  if (found === undefined) {
    throw new HttpError({
      status: 404,
      code: 'serving/unknown-model',
      message: `version ${JSON.stringify(version.slice(0, 20))} of ${model} is not loaded`,
    });
  }
  return { table, version: found.version };
}

/** `POST /v2/models/:model[/versions/:version]/infer`. A path with a version asks that version and no other. */
export function infer(options: ServerOptions): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    refuseBinaryBody(request);
    const { table, version } = findModel(options, request.params);
    const parsed = parseInferRequest(table.shape, request.body, options.pod.eventNowUs());
    const predictions = new Array<Prediction>(parsed.rows.length);
    let open = parsed.rows.length;
    let failed = false;
    for (const [row, each] of parsed.rows.entries()) {
      const done = (prediction: Prediction | null, problem: Parameters<typeof noAnswer>[0]): void => {
        if (failed) return;
        if (prediction === null) {
          failed = true;
          reply.send(noAnswer(problem));
          return;
        }
        predictions[row] = prediction;
        open -= 1;
        if (open === 0) reply.send(inferResponse(table, parsed, predictions));
      };
      if (version === null) options.predictor.predict(table, each, done);
      else options.predictor.predictPinned(table, version, { request: each, done });
    }
  };
}

function refuseBinaryBody(request: FastifyRequest): void {
  if (request.headers['inference-header-content-length'] === undefined) return;
  throw new HttpError({
    status: 501,
    code: 'serving/bad-request',
    message: 'binary tensor data is not supported; send the tensors as JSON, without Inference-Header-Content-Length',
  });
}

function inferResponse(
  table: ServingTable,
  { id, outputs, rows }: InferRequest,
  predictions: readonly Prediction[],
): unknown {
  const [first] = predictions;
  const oneVersion = predictions.every(({ by }) => by.version === first!.by.version);
  const ignored = rows[0]!.ignored;
  const missing = new Set(predictions.flatMap(({ vector }) => vector?.missingViews ?? []));
  return {
    model_name: table.manifest.model,
    ...(oneVersion ? { model_version: String(first!.by.version) } : {}),
    ...(id === null ? {} : { id }),
    parameters: {
      serial: table.manifest.serial,
      ...(ignored.length === 0 ? {} : { ignored: ignored.join(',') }),
      ...(missing.size === 0 ? {} : { missing: [...missing].join(',') }),
    },
    outputs: outputs.map((name) => ({
      name,
      datatype: OUTPUTS.find((output) => output.name === name)!.datatype,
      shape: [predictions.length],
      data: predictions.map(VALUES[name as OutputName]),
    })),
  };
}

type OutputName = (typeof OUTPUTS)[number]['name'];

const VALUES: Record<OutputName, (prediction: Prediction) => number | string> = {
  prediction: ({ score }) => score,
  version: ({ by }) => by.version,
  role: ({ role }) => role,
  // A tensor of text has no null: an empty text says that the answer is what the manifest meant.
  degraded: ({ degraded }) => degraded ?? '',
  prediction_id: ({ id }) => id,
};
