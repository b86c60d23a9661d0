import fastify from 'fastify';

/** The floor: an empty Fastify server that parses the same body and answers a small object. */
const app = fastify();
app.post('/v1/models/:model/predict', (_request, reply) => {
  reply.send({ prediction: 0.5 });
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ listening: address })}\n`);
process.once('SIGTERM', () => void app.close());
