import { problemsOf } from '../desired/head.js';
import type { Wait } from './wanted.js';

/** Errors of the documents that say where to start, how, and what must be shown. */
export const documentsInError: Wait = ({ environment, head, model }) =>
  problemsOf(head, ['release', `${environment}/${model}`]);
