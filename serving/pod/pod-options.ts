import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { MS_PER_HOUR, parseDurationMs, SignalboxError } from '@signalbox/contracts';

/** Everything a pod is told when it starts. Folders and files are paths. */
export interface PodOptions {
  readonly environment: string;
  readonly artifacts: string;
  readonly online: string;
  /** The event log, for the clock of a replay; null: every request of a replay must carry its own T. */
  readonly log: string | null;
  /** The pinned root of trust. */
  readonly root: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly name: string;
  /** The longest time between two polls. */
  readonly pollMs: number;
  /** The pod's own folder: packages, and what was trusted before a restart. */
  readonly cache: string;
  /** Where to write `{"listening": …}` once listening; null: nowhere. */
  readonly addressFile: string | null;
  /** The share of predictions that the log keeps; null: all in a replay, a tenth elsewhere. */
  readonly logRate: number | null;
  /** How often evidence is written. Null: nothing is counted, to measure what counting costs; no flag says so. */
  readonly evidenceMs: number | null;
  readonly bodyLimitBytes: number;
}

export const POD_USAGE = `signalbox-pod serve --env <name> --artifacts <folder> --online <folder> --root <root.json> [options]

  --env <name>            The environment whose manifests are served
  --artifacts <folder>    The artifact store
  --online <folder>       The online feature store
  --root <file>           The pinned root of trust: releases/<env>/root.json
  --log <folder>          The event log, for the clock of a replay environment
  --host <address>        Address to listen on (127.0.0.1)
  --port <number>         Port to listen on; 0 takes a free one (8080)
  --name <name>           Name of this pod, unique in the environment (pod-<host>-<pid>)
  --poll <duration>       Longest time between two polls of the signed manifests (5s)
  --cache <folder>        The pod's own folder (.signalbox/pods/<name>)
  --address-file <file>   Write {"listening": "http://…"} here once listening
  --log-rate <share>      Share of predictions that the log keeps (1 in a replay, else 0.1)
  --evidence-interval <d> How often counted evidence is written (10s)
  --body-limit <bytes>    Largest request body (1048576)`;

const TEXT = { type: 'string' } as const;
const POD_NAME = /^[A-Za-z0-9_-]{1,63}$/;

/** Throws `input/bad-argument` with the usage. */
export function parsePodOptions(argv: readonly string[]): PodOptions {
  const values = parseValues(argv);
  const name =
    values.name ??
    `pod-${hostname()
      .replace(/[^A-Za-z0-9_-]/g, '-')
      .slice(0, 40)}-${process.pid}`;
  if (!POD_NAME.test(name))
    throw badArgument(`--name: expected letters, digits, - and _, at most 63, got ${JSON.stringify(name)}`);
  return {
    environment: required(values.env, '--env'),
    artifacts: required(values.artifacts, '--artifacts'),
    online: required(values.online, '--online'),
    root: required(values.root, '--root'),
    log: values.log ?? null,
    host: values.host ?? '127.0.0.1',
    port: integer(values.port ?? '8080', { name: '--port', min: 0, max: 65_535 }),
    name,
    pollMs: intervalMs(values.poll ?? '5s', '--poll'),
    cache: values.cache ?? `.signalbox/pods/${name}`,
    addressFile: values['address-file'] ?? null,
    logRate: values['log-rate'] === undefined ? null : share(values['log-rate']),
    evidenceMs: intervalMs(values['evidence-interval'] ?? '10s', '--evidence-interval'),
    bodyLimitBytes: integer(values['body-limit'] ?? '1048576', { name: '--body-limit', min: 1024, max: 1024 ** 3 }),
  };
}

function parseValues(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        env: TEXT,
        artifacts: TEXT,
        online: TEXT,
        root: TEXT,
        log: TEXT,
        host: TEXT,
        port: TEXT,
        name: TEXT,
        poll: TEXT,
        cache: TEXT,
        'address-file': TEXT,
        'log-rate': TEXT,
        'evidence-interval': TEXT,
        'body-limit': TEXT,
      },
    }).values;
  } catch (error) {
    throw badArgument(error instanceof Error ? error.message : String(error));
  }
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined && value !== '') return value;
  throw badArgument(`${name} is missing`);
}

function integer(text: string, { name, min, max }: { name: string; min: number; max: number }): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badArgument(`${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}

/** Shorter ones would only keep the store busy. */
const SHORTEST_INTERVAL_MS = 10;
/** Longer ones would keep a revert waiting, and timers take one of a month for none at all. */
const LONGEST_INTERVAL_MS = MS_PER_HOUR;

function intervalMs(text: string, name: string): number {
  try {
    return Math.min(Math.max(SHORTEST_INTERVAL_MS, parseDurationMs(text)), LONGEST_INTERVAL_MS);
  } catch (error) {
    throw badArgument(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function share(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  throw badArgument(`--log-rate: expected a share from 0 to 1, got ${JSON.stringify(text)}`);
}

function badArgument(message: string): SignalboxError {
  return new SignalboxError('input/bad-argument', message, { hint: POD_USAGE });
}
