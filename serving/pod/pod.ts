import type { PodRefusal, PodStatus } from '@signalbox/contracts';
import type { PodView, Readiness } from '../api/index.js';
import type { ServingTable } from '../prediction/index.js';
import type { PollResult } from '../trust/index.js';
import type { EventClock } from './event-clock.js';
import { ModelHost, type ModelHostOptions } from './model-host.js';
import { readinessOf } from './readiness.js';

export interface PodInfo {
  readonly name: string;
  readonly environment: string;
  readonly startedAtMs: number;
}

export interface PodStateOptions {
  readonly info: PodInfo;
  readonly clock: EventClock;
  readonly wallNow: () => number;
  /** Freshness of the trusted state now. */
  readonly freshness: () => PollResult['freshness'];
  /** The last segment of evidence that is in the store. */
  readonly evidence: () => PodStatus['evidence'];
  readonly host: (model: string) => Omit<ModelHostOptions, 'onChange'>;
  readonly onChange: (event: string) => void;
}

/** Everything the pod knows, as the HTTP interface and the status see it; polls come in, models follow. */
export class Pod implements PodView {
  readonly #options: PodStateOptions;
  readonly #hosts = new Map<string, ModelHost>();
  #last: PollResult | null = null;
  #stopping = false;
  #wasReady = false;
  address = '';

  constructor(options: PodStateOptions) {
    this.#options = options;
  }

  table(model: string): ServingTable | null {
    return this.#hosts.get(model)?.table ?? null;
  }

  tables(): readonly ServingTable[] {
    return [...this.#hosts.values()].flatMap((host) => host.table ?? []);
  }

  awaits(model: string | null): boolean {
    const loading = [...this.#hosts].filter(([, host]) => host.table === null);
    return this.#hosts.size === 0 || loading.some(([name]) => model === null || name === model);
  }

  eventNowUs(): number | null {
    return this.#options.clock.nowUs();
  }

  readiness(): Readiness {
    const readiness = readinessOf({
      stopping: this.#stopping,
      wasReady: this.#wasReady,
      models: [...this.#hosts].map(([model, host]) => ({
        model,
        serves: host.table !== null,
        rejected: host.rejected === null ? null : `rejected manifest ${host.rejected.serial}: ${host.rejected.reason}`,
      })),
      refused: this.#last?.reason ?? null,
      frozen: this.#options.freshness().frozen,
    });
    this.#wasReady ||= readiness.ready;
    return readiness;
  }

  status(): PodStatus {
    const { info, wallNow, clock } = this.#options;
    const freshness = this.#options.freshness();
    return {
      schema: 'signalbox/pod-status/2',
      pod: info.name,
      environment: info.environment,
      startedAtMs: info.startedAtMs,
      writtenAtMs: wallNow(),
      // 0: a replay whose log has said nothing yet.
      eventNowUs: clock.nowUs() ?? 0,
      address: this.address,
      evidence: this.#options.evidence(),
      models: Object.fromEntries(
        [...this.#hosts].map(([model, host]) => {
          const status = host.status(freshness);
          return [model, { ...status, rejected: status.rejected ?? this.#refusalOf(model) }];
        }),
      ),
    };
  }

  /** Takes the result of a poll; resolves when every model has followed it as far as it can. */
  async follow(result: PollResult): Promise<void> {
    const news = result.reason !== null && result.reason !== this.#last?.reason;
    this.#last = result;
    if (news) this.#options.onChange(`refused the signed state: ${result.reason}`);
    const { manifests } = result;
    this.#options.clock.replay = [...manifests.values()].some(({ clock }) => clock === 'replay');
    if (this.#options.clock.nowUs() === null) {
      // Before a model serves: its first request may rely on the clock.
      await this.#options.clock.refresh();
      if (this.#last !== result) return;
    }
    for (const model of manifests.keys()) if (!this.#hosts.has(model)) this.#hosts.set(model, this.#newHost(model));
    await Promise.all([...this.#hosts].map(([model, host]) => host.follow(manifests.get(model) ?? null)));
    for (const [model, host] of this.#hosts) {
      if (!manifests.has(model) && host.table === null) this.#hosts.delete(model);
    }
  }

  /** From now on readiness says no, so that balancers send new requests elsewhere. */
  stop(): void {
    this.#stopping = true;
  }

  /** Resolves when no request is in flight; to be called when no more come. */
  async drained(): Promise<void> {
    await Promise.all(this.tables().map((table) => table.drained()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }

  #newHost(model: string): ModelHost {
    const { host, onChange } = this.#options;
    return new ModelHost({ ...host(model), onChange: (event) => onChange(`${model}: ${event}`) });
  }

  /** What is published and cannot be trusted is rejected too: for the model it speaks of, or for all. Serial 0: it could not be read. */
  #refusalOf(model: string): PodRefusal | null {
    const refusal = this.#last?.refusal ?? null;
    if (refusal === null || refusal.kind !== 'trust' || (refusal.model !== null && refusal.model !== model))
      return null;
    return { serial: refusal.serial ?? 0, reason: this.#last?.reason ?? '', versions: [] };
  }
}
