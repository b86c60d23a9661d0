import { digestJson } from '../canonical/canonical.js';
import type { RequestView } from '../documents/feature-view.js';
import type { CompiledRequestView } from './compiled.js';
import { type DefinitionProblem, expressionType } from './definition-problem.js';
import { canonicalExpression, type Variables } from './expression/index.js';

/** The time of the request, epoch microseconds, is always there. */
export const REQUEST_TIME = 'at';

/** What the expressions of a request view may use: its inputs and `at`. */
export function requestVariables(inputs: CompiledRequestView['inputs']): Variables {
  return {
    ...Object.fromEntries(Object.entries(inputs).map(([name, { type }]) => [name, type])),
    [REQUEST_TIME]: 'int',
  };
}

/** What is wrong with a request view. */
export function requestProblems(view: RequestView): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  if (Object.hasOwn(view.inputs, REQUEST_TIME)) {
    problems.push({
      field: `inputs.${REQUEST_TIME}`,
      message: `'${REQUEST_TIME}' is the time of the request and always there`,
    });
  }
  const names = new Set<string>();
  for (const [index, { name, expression }] of view.features.entries()) {
    const field = `features[${index}]`;
    if (names.has(name)) problems.push({ field: `${field}.name`, message: `the feature '${name}' is already there` });
    names.add(name);
    expressionType(problems, {
      field: `${field}.expression`,
      text: expression,
      variables: requestVariables(view.inputs),
      expected: ['int', 'double', 'bool'],
    });
  }
  return problems;
}

/** A view that has no problems, as both paths execute it. A bool feature is 1 or 0. */
export function compileRequestDocument(name: string, view: RequestView): CompiledRequestView {
  const variables = requestVariables(view.inputs);
  const compiled = {
    kind: 'request' as const,
    name,
    inputs: Object.fromEntries(
      Object.entries(view.inputs).map(([input, { type, min, max }]) => [
        input,
        { type, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) },
      ]),
    ),
    features: view.features.map((feature) => ({
      name: feature.name,
      expression: canonicalExpression(feature.expression, variables),
    })),
  };
  return { ...compiled, digest: digestJson(compiled) };
}
