import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { GitRepository } from '../forge/index.js';
import { nextVersionNumber } from './version-number.js';

let repository: TestRepository;
beforeAll(async () => {
  repository = await createTestRepository();
  await repository.commit({ 'models/late/versions/2.yaml': 'a: 1\n' });
});
afterAll(() => repository.remove());

it.each([
  ['log.showRoot', 'false'],
  ['log.diffMerges', 'off'],
])('counts every number that was used, whatever the machine says of %s', async (name, value) => {
  await repository.git.run(['config', name, value]);
  expect(await nextVersionNumber(await GitRepository.open(repository.folder), 'late', 'HEAD')).toBe(3);
});
