import { SignalboxError } from '@signalbox/contracts';
import type { BlobStore } from './blob-store.js';
import type { EventLog } from './event-log.js';
import { FolderBlobStore } from './folder-blob-store.js';
import { LmdbOnlineStore } from './lmdb-online-store.js';
import { LocalEventLog, type LocalEventLogOptions } from './local-event-log.js';
import type { OnlineStore } from './online-store.js';

/**
 * The one place that chooses an implementation by its address. A path is the embedded store in that folder; an engine gets its
 * case here, by the scheme of its address (`s3://`, `kafka://`, `redis://`), and passes the same laws (`conformance/`).
 */
function folderOf(address: string, what: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1];
  if (scheme === undefined && address !== '') return address;
  throw new SignalboxError(
    'input/bad-argument',
    `${what} has the address ${JSON.stringify(address)}; expected a folder`,
    {
      hint: 'Give the path of a folder; it is made when it is first written.',
    },
  );
}

/** The artifact store at an address. Opens nothing yet, so it never fails on a store that is away. */
export function openBlobStore(address: string): BlobStore {
  return new FolderBlobStore(folderOf(address, 'the artifact store'));
}

/** The event log at an address. Reading takes no lock; the first append does. */
export function openEventLog(address: string, options: LocalEventLogOptions = {}): EventLog {
  return new LocalEventLog(folderOf(address, 'the event log'), options);
}

/** The online feature store at an address. Errors: `store/unavailable` where it cannot be opened. */
export function openOnlineStore(address: string, options: { readonly readOnly?: boolean } = {}): OnlineStore {
  return new LmdbOnlineStore(folderOf(address, 'the online store'), options);
}
