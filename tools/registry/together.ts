import type { Pipeline } from './pipeline.js';

type Work<T> = (pipeline: Pipeline) => Promise<T>;

/** Runs both at once. When one fails the other is stopped and waited for, so that nothing works on after the error is told. */
export async function together<A, B>(pipeline: Pipeline, first: Work<A>, second: Work<B>): Promise<[A, B]> {
  const stop = new AbortController();
  const stoppable = { ...pipeline, signal: AbortSignal.any([pipeline.signal, stop.signal]) };
  const works = [first(stoppable), second(stoppable)] as const;
  try {
    return await Promise.all(works);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(works);
    throw error;
  }
}
