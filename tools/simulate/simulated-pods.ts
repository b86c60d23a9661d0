import { type RolloutManifest, UNIT_GROUPS } from '@signalbox/contracts';
import { type Route, route } from '@signalbox/serving/routing';
import type { PodEvidence } from '../release/index.js';
import { normalQuantile } from '../statistics/index.js';
import type { AliasTable } from './alias-table.js';
import { type Behaviour, CHAMPION, latencyTable } from './behaviour.js';
import { Counts } from './counts.js';
import type { Population } from './population.js';

/** As many as an environment asks for at least. */
const PODS = 2;
/** What the routing calls no segment, and the first of the manifest. */
const SEGMENTS = [-1, 0] as const;

export interface SimulatedTraffic {
  readonly next: () => number;
  readonly population: Population;
  /** Of all requests, those that belong to the first segment of the manifest. */
  readonly segmentShare: number;
}

/** A version in one role, with what each pod counts of it. */
interface Asked {
  readonly behaviour: Behaviour;
  readonly failureShare: number;
  readonly latency: AliasTable;
  readonly counts: readonly Counts[];
}

/** Where requests go that are routed alike. */
interface Lane {
  readonly version: number;
  readonly answering: Asked;
  readonly copied: Asked | null;
}

/** Pods whose versions answer by chance instead of by a model: they route by the production function and count what pods count. */
export class SimulatedPods {
  readonly #behaviours: ReadonlyMap<number, Behaviour>;
  readonly #latencies: ReadonlyMap<number, AliasTable>;
  readonly #clean = latencyTable(CHAMPION);
  readonly #traffic: SimulatedTraffic;
  #manifest: RolloutManifest | null = null;
  /** By segment, then by unit. */
  #lanes: readonly (readonly Lane[])[] = [];
  #groups = new Uint8Array();
  readonly #asked = new Map<string, Asked>();

  constructor(behaviours: ReadonlyMap<number, Behaviour>, traffic: SimulatedTraffic) {
    this.#behaviours = behaviours;
    this.#latencies = new Map([...behaviours].map(([version, each]) => [version, latencyTable(each)]));
    this.#traffic = traffic;
  }

  /** Counts begin again with each manifest, as pods count by serial. */
  apply(manifest: RolloutManifest): void {
    if (manifest.serial === this.#manifest?.serial) return;
    this.#manifest = manifest;
    this.#asked.clear();
    const lanes = new Map<string, Lane>();
    const segments = SEGMENTS.filter((segment) => segment < manifest.segments.length);
    const routes = segments.map((segment) =>
      this.#traffic.population.ids.map((unit) => route(manifest, unit, segment)),
    );
    this.#lanes = routes.map((ofSegment) => ofSegment.map((one) => this.#laneOf(one, lanes)));
    this.#groups = Uint8Array.from(routes[0]!, ({ bucket }) => bucket % UNIT_GROUPS);
  }

  /** One request of some unit on some pod; the version that answered it. */
  answer(request: number): number {
    const { next, population, segmentShare } = this.#traffic;
    const unit = population.activity.draw(next());
    const inSegment = this.#lanes.length > 1 && next() < segmentShare;
    const { answering, copied, version } = this.#lanes[inSegment ? 1 : 0]![unit]!;
    const pod = request % PODS;
    const group = this.#groups[unit]!;
    const isAnswered = this.#ask(answering, pod, group);
    if (copied !== null && this.#ask(copied, pod, group) && isAnswered) this.#pair({ answering, copied }, pod);
    return version;
  }

  evidence(): readonly PodEvidence[] {
    const manifest = this.#manifest;
    return Array.from({ length: PODS }, (_, at) => ({
      pod: `pod-${at + 1}`,
      fresh: true,
      frozen: false,
      appliedSerial: manifest?.serial ?? null,
      rejected: null,
      breaker: null,
      problem: null,
      cells: manifest === null ? [] : [...this.#asked.values()].map(({ counts }) => counts[at]!.cell(manifest)),
    }));
  }

  #ask({ behaviour, counts, failureShare, latency }: Asked, pod: number, group: number): boolean {
    const { next } = this.#traffic;
    counts[pod]!.asked(latency.draw(next()), group);
    const drawn = next();
    if (drawn < failureShare) {
      counts[pod]!.failed();
      return false;
    }
    if (drawn < failureShare + behaviour.degradedShare) counts[pod]!.degraded();
    return true;
  }

  #pair({ answering, copied }: { readonly answering: Asked; readonly copied: Asked }, pod: number): void {
    const spread = Math.max(copied.behaviour.scoreSpread, answering.behaviour.scoreSpread);
    const drawn = normalQuantile(Math.max(this.#traffic.next(), Number.MIN_VALUE));
    copied.counts[pod]!.paired(copied.behaviour.scoreShift - answering.behaviour.scoreShift + spread * drawn);
  }

  #laneOf({ role, segment, shadow, version }: Route, lanes: Map<string, Lane>): Lane {
    const key = `${role} ${version} ${segment} ${shadow}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const answering = this.#askedOf({ role, segment, version });
    const copied = shadow === null ? null : this.#askedOf({ role: 'shadow', segment, version: shadow });
    const lane = { version, answering, copied };
    lanes.set(key, lane);
    return lane;
  }

  #askedOf({ role, segment, version }: Pick<Route, 'segment' | 'version'> & { readonly role: Counts['route'] }): Asked {
    const key = `${role} ${version} ${segment}`;
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    const name = this.#manifest!.segments[segment]?.name ?? null;
    const own = this.#behaviours.get(version)!;
    const isClean = role === 'shadow' && own.cleanInShadow;
    const behaviour = isClean ? CHAMPION : own;
    const asked: Asked = {
      behaviour,
      failureShare: segment < 0 ? behaviour.failureShare : behaviour.segmentFailureShare,
      latency: isClean ? this.#clean : this.#latencies.get(version)!,
      counts: Array.from({ length: PODS }, () => new Counts(version, role, name)),
    };
    this.#asked.set(key, asked);
    return asked;
  }
}
