import { answersIn, countLogged, readWindows } from '../../evidence/index.js';
import type { LineageContext } from './context.js';
import type { AnsweredFacts, LineageFacts, VersionFacts } from './facts.js';

/** What each version answered, ever: all of it by the counts of the pods, and what of it is in their logs. */
export async function answeredBy(
  { environment, store, wallNow }: LineageContext,
  versions: readonly VersionFacts[],
): Promise<Pick<LineageFacts, 'answered' | 'uncounted'>> {
  const logged = await countLogged(store, environment);
  const answered: AnsweredFacts[] = [];
  const uncounted: string[] = [];
  for (const model of new Set(versions.map((version) => version.model))) {
    const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };
    const { cells, problems } = await readWindows(store, { environment, model, ...always, wallNowMs: wallNow() });
    uncounted.push(...problems);
    for (const { record } of versions.filter((version) => version.model === model)) {
      const { digest } = record.package;
      const own = logged.filter((one) => one.package === digest);
      const byPod = Object.fromEntries(own.map(({ answers, pod }) => [pod, answers]));
      answered.push({ package: digest, logged: byPod, all: answersIn(cells, digest) });
    }
  }
  return { answered, uncounted };
}
