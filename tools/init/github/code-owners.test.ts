import { describe, expect, it } from 'vitest';
import { codeOwners, ownersFor } from './code-owners.js';

const person = { login: 'ada', isOrganisation: false };
const organisation = { login: 'Acme', isOrganisation: true };
const unknown = { login: 'acme', isOrganisation: null };

describe('CODEOWNERS', () => {
  it('covers all that decides what may run, metrics and environments of tomorrow included', () => {
    const [, ...lines] = codeOwners('@acme/ml').split('\n');
    expect(lines).toEqual(['/releases/ @acme/ml', '/.github/ @acme/ml', '']);
  });

  it.each([
    [undefined, person, '@ada'],
    [undefined, unknown, '@acme'],
    ['@acme/ml', organisation, '@acme/ml'],
    [' @acme/ml  @grace ', organisation, '@acme/ml @grace'],
    ['ada@example.com', person, 'ada@example.com'],
  ])('names %j of %o as %j', (named, holder, owners) => {
    expect(ownersFor(named, holder)).toBe(owners);
  });

  it.each([
    [undefined, organisation, 'Acme is an organisation, and CODEOWNERS takes people and teams'],
    ['@acme', organisation, 'Acme is an organisation, and CODEOWNERS takes people and teams'],
    ['@grace @ACME', organisation, 'Acme is an organisation, and CODEOWNERS takes people and teams'],
    ['acme/ml', organisation, 'expected an owner as GitHub names them, got "acme/ml"'],
    ['@acme/ml # all', organisation, 'expected an owner as GitHub names them, got "#"'],
    [' ', person, 'expected an owner as GitHub names them, got " "'],
  ])('refuses %j of %o: %s', (named, holder, message) => {
    const refusal = expect.objectContaining({ code: 'input/bad-argument', message: expect.stringContaining(message) });
    expect(() => ownersFor(named, holder)).toThrow(refusal);
  });
});
