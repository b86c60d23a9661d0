import type { BlobStore, ReadLimits } from '@signalbox/serving/stores';
import { timestampKey } from '@signalbox/serving/trust';
import { CountingStore } from '../../tests/support/counting-store.js';
import { ENVIRONMENT, TrustFixture } from '../../tests/support/trust-fixture.js';
import { resign } from '../../tools/trust/index.js';

/** What one poll asks of the store: requests, and bytes of content (headers come on top, on both sides). */
export interface PollCost {
  readonly requests: number;
  readonly bytes: number;
}

export interface PollCosts {
  readonly unchanged: PollCost;
  /** After the timestamp was signed anew, as every hour. */
  readonly resigned: PollCost;
  /** After one manifest changed. */
  readonly published: PollCost;
  readonly timestampBytes: number;
}

class MeasuredStore extends CountingStore {
  bytes = 0;

  override async read(key: string, limits?: ReadLimits) {
    const found = await super.read(key, limits);
    this.bytes += found?.bytes.length ?? 0;
    return found;
  }

  override async readIfChanged(key: string, etag: string | null, limits?: ReadLimits) {
    const found = await super.readIfChanged(key, etag, limits);
    if (found !== null && found !== 'unchanged') this.bytes += found.bytes.length;
    return found;
  }
}

/** Measured on the production client over a store of its own. */
export async function measurePolls(): Promise<PollCosts> {
  const fixture = await TrustFixture.create();
  try {
    const first = await fixture.publishNext(await fixture.initialise());
    const store = new MeasuredStore(fixture.store as BlobStore);
    const client = await fixture.openClient(store);
    await client.poll();
    const costOf = async (status: 'unchanged' | 'updated'): Promise<PollCost> => {
      const before = { requests: store.operations, bytes: store.bytes };
      const result = await client.poll();
      if (result.status !== status) throw new Error(`the poll was ${result.status}: ${result.reason}`);
      return { requests: store.operations - before.requests, bytes: store.bytes - before.bytes };
    };
    const unchanged = await costOf('unchanged');
    const again = await resign(fixture.publisher(), first);
    const resigned = await costOf('unchanged');
    await fixture.publishNext(again);
    const published = await costOf('updated');
    const timestamp = await fixture.store.read(timestampKey(ENVIRONMENT));
    return { unchanged, resigned, published, timestampBytes: timestamp!.bytes.length };
  } finally {
    await fixture.remove();
  }
}
