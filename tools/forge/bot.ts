import type { Identity } from './identity.js';

/** Who commits and opens pull requests where no person asked: reviewers and triggers must be able to tell. The domain is reserved, so it is nobody's. */
export const BOT: Identity = { name: 'signalbox', email: 'signalbox@users.noreply.invalid' };
