import { isSignalboxError, type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { readIdentity } from '../../forge/index.js';
import {
  keysDir,
  loadEmergencyKey,
  namedEmergencyKeys,
  type Published,
  publish,
  readPublished,
  type TrustPublisher,
} from '../../trust/index.js';
import { EMPTY_STORE, isEmptyStore } from '../empty-store.js';
import { recordDecision } from '../pass/kept-reasons.js';
import { type ClockQuestion, EMERGENCY_VALIDITY_MS, refuseClockBehind } from './clock.js';
import { openStoreOf, type Places } from './open-store.js';
import { type EmergencyOrder, emergencyTargets, planEmergency } from './plan-emergency.js';

export interface EmergencyOptions {
  readonly repo: string;
  readonly environment: string;
  readonly model: string;
  /** The version that is to answer everything. */
  readonly to: number;
  readonly reason: string;
  /** Who decides; the identity of Git in `repo` unless given. */
  readonly by?: string;
  /** The file of the emergency key; the key folder of `repo` unless given. */
  readonly keyFile?: string;
  readonly places?: Places;
  /** Signs by the clock of this machine, whatever clock signed before. */
  readonly clockIsRight?: boolean;
  readonly wallNow: () => number;
}

export interface EmergencyResult {
  readonly manifest: RolloutManifest;
  readonly reasons: readonly string[];
}

/** A reconciler may publish in between, but not for ever. */
const MOST_TRIES = 5;

/**
 * Makes one version answer everything, signed by hand: reads the store and the root that pods pin, and asks Git nothing. Pods check it as ever, so it can
 * only name what `targets` allows. The reconciler lets it stand until Git asks for the same.
 * Errors: `release/refused`, `input/unknown-reference` for what is not published, `trust/no-keys`, `trust/unverified`, `store/…`, `git/no-identity`.
 */
export async function emergency(options: EmergencyOptions): Promise<EmergencyResult> {
  const { clockIsRight = false, environment, keyFile, reason, repo, to, wallNow } = options;
  const { notes, reader, settings } = await openStoreOf(options);
  const keys = await loadEmergencyKey({ dir: keysDir(repo), environment }, keyFile);
  const by = options.by ?? (await nameIn(repo));
  const publisher = { ...reader, keys, wallNow, timestampValidityMs: EMERGENCY_VALIDITY_MS };
  for (let tries = 1; ; tries += 1) {
    try {
      const nowMs = wallNow();
      const order = { to, by, reason, atMs: nowMs };
      const clock = clockIsRight ? null : { nowMs, settings };
      const { manifest, reasons } = await publishOnce(publisher, { model: options.model, order, clock });
      return { manifest, reasons: [...reasons, ...notes] };
    } catch (error) {
      if (tries === MOST_TRIES || !isSignalboxError(error) || error.code !== 'store/conflict') throw error;
    }
  }
}

async function nameIn(repo: string): Promise<string> {
  try {
    return (await readIdentity(repo)).name;
  } catch (error) {
    if (!isSignalboxError(error) || error.code !== 'git/no-identity') throw error;
    const hint = 'Say here who decides: --by "Your Name".';
    throw new SignalboxError(error.code, error.message, { cause: error, hint });
  }
}

interface Order {
  readonly model: string;
  readonly order: EmergencyOrder;
  /** Null: the clock is right, as a person says. */
  readonly clock: ClockQuestion | null;
}

async function publishOnce(publisher: TrustPublisher, { clock, model, order }: Order): Promise<EmergencyResult> {
  const published = await readPublished(publisher);
  const keys = namedEmergencyKeys(publisher.keys, {
    pinned: publisher.rootBytes,
    followed: published?.bytes.roots ?? [],
  });
  const current = published?.manifests.get(model);
  if (!published || !current) throw await nothingPublished(publisher, model, published);
  if (clock !== null) refuseClockBehind(published, clock);
  const plan = planEmergency(current, order);
  if ('refused' in plan) {
    const targets = emergencyTargets(current);
    throw new SignalboxError(
      'release/refused',
      `${model} in ${publisher.environment} stays as it is: ${plan.refused}`,
      {
        hint:
          targets.length === 0
            ? 'There is no other version to go back to.'
            : `It can go back to: ${targets.join(', ')}.`,
      },
    );
  }
  const { manifest, reasons } = plan;
  const manifests = new Map(published.manifests).set(model, manifest);
  // Allowed stays what was allowed: that needs no key but this one.
  const { allowedPackages } = published;
  const about = { manifest, reasons, verdicts: [], eventNowUs: null, decidedAtMs: order.atMs };
  const unkept = await recordDecision(publisher.store, about);
  await publish({ ...publisher, keys }, published, { manifests, allowedPackages });
  return { manifest, reasons: unkept === null ? reasons : [...reasons, `the reasons could not be kept: ${unkept}`] };
}

async function nothingPublished(
  { environment, store }: Pick<TrustPublisher, 'environment' | 'store'>,
  model: string,
  published: Published | null,
): Promise<SignalboxError> {
  if (published === null && (await isEmptyStore(store)))
    return new SignalboxError('store/unavailable', EMPTY_STORE, {
      hint: 'Mount it, or name where it is: --artifacts <folder>. Nothing was changed.',
    });
  const known = [...(published?.manifests.keys() ?? [])].join(', ') || 'nothing';
  return new SignalboxError('input/unknown-reference', `${model} is not published in ${environment}`, {
    hint: `Published there: ${known}. Only what pods run already can be brought back by hand.`,
  });
}
