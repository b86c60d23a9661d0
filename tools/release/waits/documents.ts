import { environmentPath, problemIn, recordPath, releasePath, strategyPath } from '../desired/head.js';
import type { Wait } from './wanted.js';

/** Errors of the documents that say where to start, how, and what must be shown. */
export const documentsInError: Wait = ({ environment, head, model, release }) => {
  const files = [
    environmentPath(environment),
    releasePath(environment, model),
    recordPath(model, release.version),
    strategyPath(release.strategy),
  ];
  const problems = files.flatMap((file) => problemIn(head, file) ?? []);
  if (problems.length > 0 || head.workspace.strategies.has(release.strategy)) return problems;
  return [`there is no strategy "${release.strategy}"`];
};
