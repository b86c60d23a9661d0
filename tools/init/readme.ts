/** The first page of a new repository. */
export function repositoryReadme(name: string): string {
  return `# ${name}

A Signalbox repository: what is in Git is what is released. It works as it is, on made-up card payments.

| folder | what it holds |
|---|---|
| \`data/\` | a small CSV with a time column; replace it by your own |
| \`features/\` | sources, entities and feature views |
| \`models/dispute/\` | what is predicted, how it is trained and gated, and the trainer |
| \`releases/\` | environments, strategies, policies, and which version runs where |
| \`.signalbox/\` | stores, caches and signing keys of this machine; never committed |

## From nothing to a prediction
\`\`\`sh
npx signalbox validate                                          # every document and reference, all findings at once
git switch -c first-version
npx signalbox propose dispute                                   # trains, evaluates, gates, packages; opens pull request 1
git switch main && git merge --no-ff first-version && git push
npx signalbox promote dispute --env prod --version 1 --merge    # the pull request that releases it
git pull
npx signalbox reconcile --env prod                              # publishes the signed manifest; --watch keeps at it
npx signalbox materialize --env prod --backfill dispute@1       # fills the online feature store
npx signalbox serve --env prod --port 8080                      # a pod
\`\`\`
Then, from another terminal:
\`\`\`sh
curl -s http://127.0.0.1:8080/v1/models/dispute/predict -H 'content-type: application/json' \\
  -d '{"entities": {"merchant": "m07", "customer": "c042"}, "request": {"amount": 49.90}}'
\`\`\`

A version after the first goes the same way: a branch, \`propose\`, merge, \`promote\`. If its features are new or changed, \`promote\` says so:
fill them too (\`npx signalbox materialize --env prod --backfill dispute@2\`), or it waits until you do.

## The way back
From the second release on, there is a version to go back to. Revert the merge that released the newest, and publish:
\`\`\`sh
git pull
git revert --no-edit --mainline 1 "$(git log -1 --first-parent --format=%H -- releases/prod/dispute.yaml)"
git push
npx signalbox reconcile --env prod    # not needed where \`reconcile --watch\` runs
\`\`\`
Every pod is back on the version before at its next poll. \`npx signalbox status --env prod\` shows it.

## On GitHub
Push it there, then \`npx signalbox init --github <owner>/<name>\` (the name may go once \`origin\` is on GitHub; now it is the local forge) writes the workflows and CODEOWNERS, and shows what to set, with each reason; \`--apply\` sets it.

## Keys
\`init\` minted signing keys under \`.signalbox/keys/\` and committed the public roots (\`releases/<env>/root.json\`). Back the keys up; whoever has them can release.
`;
}
