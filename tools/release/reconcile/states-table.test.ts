import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { statesTable } from '../../../tests/support/rollout-states-table.js';
import { RULES } from './reconcile.js';

const PAGE = new URL('../../../docs/rollout-states.md', import.meta.url);
const START =
  '<!-- table: written by the code that decides; `UPDATE_DOCS=1 npx vitest run tools/release/reconcile` writes it anew -->\n';

describe('docs/rollout-states.md', () => {
  it('says of every state and every input what the code does', async () => {
    const page = await readFile(PAGE, 'utf8');
    const expected = `${page.slice(0, page.indexOf(START))}${START}\n${statesTable()}`;
    if (process.env.UPDATE_DOCS === '1') await writeFile(PAGE, expected);
    else expect(page).toBe(expected);
  });

  it('explains every rule', async () => {
    const page = await readFile(PAGE, 'utf8');
    for (const { name } of RULES) expect(page).toContain(`**${name}**`);
  });
});
