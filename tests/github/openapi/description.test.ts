import { describe, expect, it } from 'vitest';
import { answerOf } from '../server/sample.js';
import { findOperation, operations, problemsOfAnswer, problemsOfRequest } from './description.js';
import { OPERATIONS } from './operations.js';

const create = findOperation('POST', '/repos/ada/flights/check-runs')!;
const request = { path: create.path, query: {} };

describe("GitHub's description", () => {
  it('has every operation that is asked for', () => {
    expect(operations.map(({ id }) => id).sort()).toEqual([...OPERATIONS].sort());
  });

  it('takes what is right', () => {
    const body = { name: 'a', head_sha: 'b', output: { title: 't', summary: 's', annotations: [] } };
    expect(problemsOfRequest(create.operation, { ...request, body })).toEqual([]);
  });

  it.each([
    ['a field that is missing', { name: 'a' }, "body must have required property 'head_sha'"],
    ['a value of another type', { name: 1, head_sha: 'b' }, 'body/name must be string'],
    [
      'a value that is not in the list',
      { name: 'a', head_sha: 'b', conclusion: 'good' },
      'must be equal to one of the allowed values',
    ],
    ['a name that it would ignore', { name: 'a', head_sha: 'b', colour: 'red' }, 'body/colour is not described'],
    [
      'one further in',
      { name: 'a', head_sha: 'b', output: { title: 't', summary: 's', titel: '' } },
      'body/output/titel is not described',
    ],
    ['no body at all', undefined, 'the body is missing'],
  ])('finds %s', (_what, body, problem) => {
    expect(problemsOfRequest(create.operation, { ...request, body }).join('; ')).toContain(problem);
  });

  it('reads query strings as what they stand for', () => {
    const { operation, path } = findOperation('GET', '/repos/ada/flights/pulls')!;
    const problems = (query: Record<string, string>) => problemsOfRequest(operation, { path, query, body: undefined });
    expect(problems({ per_page: '100', state: 'all' })).toEqual([]);
    expect(problems({ per_page: 'many', state: 'new', heads: 'x' })).toHaveLength(3);
  });

  it('finds an answer that is none', () => {
    const { operation } = findOperation('GET', '/repos/ada/flights/pulls/1')!;
    const good = answerOf(operation, 200) as Record<string, unknown>;
    expect(problemsOfAnswer(operation, 200, good)).toEqual([]);
    expect(problemsOfAnswer(operation, 200, { ...good, number: '1' })).toEqual([
      'pulls/get 200/number must be integer',
    ]);
    expect(problemsOfAnswer(operation, 299, good)).toEqual(['pulls/get has no answer 299']);
    expect(findOperation('GET', '/repos/ada/flights/elsewhere')).toBeNull();
  });
});
