import { type Static, Type } from '@sinclair/typebox';
import { Condition, closed, Digest, Name, VersionNumber } from './common.js';
import { Priority } from './model.js';

/** Buckets of units: raising a weight only adds units, lowering it removes the same ones. */
export const BUCKETS = 10_000;

const Micros = Type.Integer({ description: 'Event time: epoch microseconds UTC.' });

const Commit = Type.String({
  pattern: '^[0-9a-f]{40}$',
  description: 'The commit of the main branch that was carried out.',
});

export const RolloutPhase = Type.Union(
  [
    Type.Literal('idle'),
    Type.Literal('shadow'),
    Type.Literal('canary'),
    Type.Literal('experiment'),
    Type.Literal('blue-green'),
    Type.Literal('live'),
    Type.Literal('held'),
    Type.Literal('rolling-back'),
    Type.Literal('rejected'),
  ],
  { description: 'Where the rollout stands.' },
);
export type RolloutPhase = Static<typeof RolloutPhase>;

export const ManifestPackage = closed(
  {
    version: VersionNumber,
    digest: Digest,
    sizeBytes: Type.Integer({ minimum: 1, description: 'The size of all its files.' }),
    features: Type.String({ ...Digest, description: 'The digest of its feature definitions.' }),
  },
  { description: 'A package that pods keep loaded, with the digest of its feature definitions.' },
);
export type ManifestPackage = Static<typeof ManifestPackage>;

export const RolloutManifest = closed(
  {
    schema: Type.Literal('signalbox/rollout-manifest/2', { description: 'The form of this document.' }),
    environment: Name,
    model: Name,
    serial: Type.Integer({ minimum: 1, description: 'Rises by one with each manifest, whatever the model version.' }),
    previous: Type.Union([Digest, Type.Null()], { description: 'The digest of the manifest before this one.' }),
    commit: Commit,
    clock: Type.Union([Type.Literal('wall'), Type.Literal('replay')], {
      description: 'The event clock of the environment.',
    }),
    packages: Type.Array(ManifestPackage, {
      minItems: 1,
      description: 'What pods load: live, candidate, fallback, and N-1 kept warm.',
    }),
    champion: VersionNumber,
    previousChampion: Type.Union([VersionNumber, Type.Null()], {
      description: 'What was live before the champion: kept warm, so that going back to it needs no steps.',
    }),
    candidate: Type.Union([VersionNumber, Type.Null()]),
    candidateBuckets: Type.Integer({
      minimum: 0,
      maximum: BUCKETS,
      description: 'Units in buckets below this are answered by the candidate.',
    }),
    arms: Type.Array(
      closed({
        version: VersionNumber,
        buckets: Type.Integer({ minimum: 1, maximum: BUCKETS, description: 'How many buckets it answers.' }),
      }),
      {
        maxItems: 4,
        description:
          'Other arms of an experiment, each in the buckets after the one before; the first begins after the candidate’s buckets. The champion has the rest.',
      },
    ),
    segments: Type.Array(
      closed({
        name: Name,
        where: Condition,
        version: Type.Union([VersionNumber, Type.Null()], {
          description: 'The version that answers, whatever the bucket; null: as the rest of the traffic.',
        }),
      }),
      {
        maxItems: 16,
        description:
          'A request belongs to the first whose condition over its entity keys and request inputs holds, or to none.',
      },
    ),
    salt: Type.String({
      minLength: 1,
      description: 'Salts the hash of the unit id, so that each rollout draws its own units.',
    }),
    shadow: Type.Union(
      [
        closed(
          {
            version: VersionNumber,
            buckets: Type.Integer({
              minimum: 1,
              maximum: BUCKETS,
              description: 'Units in buckets below this are copied.',
            }),
          },
          { description: 'Copies go to this version.' },
        ),
        Type.Null(),
      ],
      {},
    ),
    fallback: Type.Union([VersionNumber, Type.Null()], {
      description: 'The version that answers when the chosen one and the champion cannot.',
    }),
    rule: Type.Union([Type.String(), Type.Null()], {
      description: 'The rule baseline: a CEL expression over the features.',
    }),
    limits: closed(
      {
        timeoutMs: Type.Integer({ minimum: 1, description: 'An answer that takes longer degrades.' }),
        priority: Priority,
        costClass: Type.Union([Name, Type.Null()], {
          description: 'What its predictions may cost, by the environment’s classes.',
        }),
      },
      { description: 'What an answer may take.' },
    ),
    rollout: closed(
      {
        phase: RolloutPhase,
        step: Type.Integer({ minimum: 0, description: 'The step of the strategy, from 0.' }),
        enteredAt: Micros,
        desired: Type.Union([Digest, Type.Null()], {
          description: 'The package that Git asked for when this manifest was made.',
        }),
        emergency: Type.Union(
          [
            closed({
              by: Type.String({ minLength: 1, description: 'Who signed it.', examples: ['Ada Lovelace'] }),
              reason: Type.String({
                minLength: 1,
                description: 'Why it could not wait for Git.',
                examples: ['the forge is down'],
              }),
              atMs: Type.Integer({ description: 'Wall clock, epoch milliseconds.', examples: [1779267000000] }),
            }),
            Type.Null(),
          ],
          {
            description:
              'Signed by hand with an offline key, while Git could not be reached: it stands until Git asks for the version that serves.',
          },
        ),
        rejected: Type.Array(
          closed({
            digest: Digest,
            serial: Type.Integer({ minimum: 1, description: 'The manifest that rejected it.' }),
            commit: Commit,
            reason: Type.String({ description: 'Why, for people.' }),
            winner: Type.Optional(
              Type.Integer({
                minimum: 1,
                examples: [3],
                description:
                  'The version that won the experiment in which this one was rejected: the withdrawal proposes it.',
              }),
            ),
          }),
          {
            description:
              'Packages held from this serial on, even though Git may still ask for them: until a commit that is not in the history of `commit` promotes them again.',
          },
        ),
      },
      { description: 'The only memory of progress. Losing it restarts a rollout at step 0, never skips one.' },
    ),
  },
  {
    $id: 'rollout-manifest',
    title: 'Rollout manifest',
    description: 'What pods read: one signed document for each model in an environment.',
  },
);
export type RolloutManifest = Static<typeof RolloutManifest>;
