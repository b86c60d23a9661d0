export type Scalar = string | number | boolean | null;

/** An event as the log keeps it. Times are epoch microseconds UTC; `offset` counts from 0 in its partition. */
export interface LoggedEvent {
  readonly partition: number;
  readonly offset: number;
  readonly eventTs: number;
  /** When the log accepted it; never falls inside a partition. */
  readonly arrivalTs: number;
  readonly row: Readonly<Record<string, Scalar>>;
}

export interface NewEvent {
  readonly eventTs: number;
  /** Only in replay: the log stamps its own clock otherwise. */
  readonly arrivalTs?: number;
  /** Events of one key stay in order, in one partition. */
  readonly key: string;
  readonly row: Readonly<Record<string, Scalar>>;
}

/**
 * An append-only log: one topic a source, some partitions a topic. Appends are durable when the promise resolves and all or nothing for
 * each partition of a call; a torn tail after a crash is cut at the next open. Reading past the end answers an empty list.
 */
export interface EventLog {
  append(topic: string, events: readonly NewEvent[]): Promise<void>;
  read(
    topic: string,
    partition: number,
    range: { readonly from: number; readonly max: number },
  ): Promise<readonly LoggedEvent[]>;
  /** Exclusive end offset of each partition; an unknown topic has no partitions. */
  endOffsets(topic: string): Promise<readonly number[]>;
  /** First offset in the partition whose arrival is after `arrivalTs`. */
  offsetAfterArrival(topic: string, partition: number, arrivalTs: number): Promise<number>;
  /** The newest arrival over all topics, or null for an empty log: the event clock of a replay environment. */
  latestArrival(): Promise<number | null>;
  close(): Promise<void>;
}
