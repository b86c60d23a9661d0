import type { Wait } from './wanted.js';

/** A record can be written by hand; pods could only refuse what nobody can fetch. */
export const packageMissing: Wait = ({ background, environment, release }) =>
  [...background.missingPackages].map(([version, digest]) => {
    const whose = version === release.version ? '' : `version ${version}, which the release names too: `;
    return `${whose}its package is not in the artifact store of ${environment} (${digest}): have it made by \`signalbox propose\`, or copy it there`;
  });
