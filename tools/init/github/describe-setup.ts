import type { Registration } from './app.js';
import { titleOf } from './apply-settings.js';
import { describeSettings } from './describe-settings.js';
import type { GithubSetupResult } from './set-up-github.js';
import { SPEAKING_ENVIRONMENT } from './wanted-settings.js';

/** What was done, what is to be done, and why, for people. */
export function describeSetup(result: GithubSetupResult): string {
  const parts = [
    describeFiles(result),
    describePlan(result),
    describeOwnerProblems(result),
    describeUnprotected(result),
    describeApp(result),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function describeFiles({ files }: GithubSetupResult): readonly string[] {
  const told = {
    written: 'written',
    unchanged: 'as it should be',
    kept: 'left alone, since a person took it over',
  } as const;
  const lines = files.map(({ path, outcome }) => `  ${path}: ${told[outcome]}`);
  const next = files.some(({ outcome }) => outcome === 'written')
    ? ['Commit them by a pull request: git add .github']
    : [];
  return ['Files', ...lines, ...next];
}

function describePlan({ applied, plan, repository, wanted }: GithubSetupResult): readonly string[] {
  if (plan === null) {
    const steps = wanted.map((setting) => ({ setting, changes: [] }));
    return [
      `Settings that ${repository} needs (not compared: there is no token, SIGNALBOX_GITHUB_TOKEN)`,
      ...steps.map((step) => `  ${titleOf(step)}: ${step.setting.reason}`),
    ];
  }
  const open = plan.filter(({ changes }) => changes.length > 0).length;
  const head = open === 0 ? 'nothing to do' : applied ? `${open} set` : `${open} to be set; --apply sets them`;
  return [`Settings of ${repository}: ${head}`, ...describeSettings(plan)];
}

function describeOwnerProblems({ ownerProblems }: GithubSetupResult): readonly string[] {
  if (ownerProblems.length === 0) return [];
  const head = 'CODEOWNERS on the main branch: GitHub does not take these lines, so they ask nobody';
  return [head, ...ownerProblems.map((problem) => `  ${problem}`)];
}

function describeUnprotected({ unprotected }: GithubSetupResult): readonly string[] {
  if (unprotected.length === 0) return [];
  return ['NOT PROTECTED with these settings', ...unprotected.map((sentence) => `  ${sentence}`)];
}

function describeApp({ app, appProblems, registration, repository }: GithubSetupResult): readonly string[] {
  const secret = `gh secret set SIGNALBOX_APP_KEY --repo ${repository} --env`;
  if (app === null) {
    return [
      'App: not named, so no check is required yet. Only an App of your own writes a check that no branch can forge',
      ...describeRegistration(registration),
      `  2. install it on ${repository}, make a private key, and store it: ${secret} ${SPEAKING_ENVIRONMENT} < app.pem`,
      '  3. run this again with --app <its name in the address of its page>',
    ];
  }
  const lines = appProblems.map((problem) => `  ${problem}`);
  return [
    `App ${app.slug} (${app.id}): ${lines.length === 0 ? 'may do what it needs, and no more' : 'to be changed on its page'}`,
    ...lines,
  ];
}

function describeRegistration({ organisation, person }: Registration): readonly string[] {
  const step = '  1. register it, with what it needs filled in';
  if (organisation === undefined || person === undefined) return [`${step}: ${organisation ?? person}`];
  return [
    `${step}, for the account that the repository belongs to; no other could install it`,
    `     of a person: ${person}`,
    `     of an organisation: ${organisation}`,
  ];
}
