import {
  type ColumnType,
  type CompiledAggregateView,
  columnVariables,
  compileExpression,
  encodeEntityKey,
  isAccepted,
  type KeyValue,
} from '@signalbox/contracts';
import { layoutOfView } from '../features/index.js';
import type { LoggedEvent, Scalar } from '../stores/index.js';

/** A view's eye for events, compiled once. */
export interface EventReader {
  /** Why an event must not count; null where it may. */
  faultOf(event: LoggedEvent): EventFault | null;
  /** Whose it is; null where an entity key is NULL, so that it counts for nobody. */
  entityKeyOf(event: LoggedEvent): string | null;
  /** The tile of this event alone; overwritten by the next call. */
  slotsOf(event: LoggedEvent): Float64Array;
}

export interface EventFault {
  readonly kind: 'late' | 'malformed';
  readonly reason: string;
}

export function compileEventReader(view: CompiledAggregateView): EventReader {
  const columns = Object.entries(view.source.columns);
  return {
    faultOf(event) {
      const reason = columnFault(columns, event.row) ?? timeFault(view, event);
      if (reason !== null) return { kind: 'malformed', reason };
      if (isAccepted(view.source, event)) return null;
      return { kind: 'late', reason: `it arrived ${event.arrivalTs - event.eventTs} µs after it happened` };
    },
    entityKeyOf: ({ row }) => keyOfRow(view, row),
    slotsOf: compileSlots(view),
  };
}

function compileSlots(view: CompiledAggregateView): EventReader['slotsOf'] {
  const { empty } = layoutOfView(view);
  const variables = columnVariables(view.source.columns);
  const inputs = view.slots.map(({ input, op }) => ({
    counts: op === 'count',
    evaluate: input === null ? () => true : compileExpression(input, variables),
  }));
  const slots = Float64Array.from(empty);
  return ({ row }) => {
    for (let slot = 0; slot < inputs.length; slot++) {
      const value = inputs[slot]!.evaluate(row);
      slots[slot] = value === null ? empty[slot]! : inputs[slot]!.counts ? 1 : Number(value);
    }
    return slots;
  };
}

function keyOfRow(view: CompiledAggregateView, row: LoggedEvent['row']): string | null {
  const values = new Array<KeyValue>(view.keyColumns.length);
  for (let i = 0; i < view.keyColumns.length; i++) {
    const value = row[view.keyColumns[i]!] ?? null;
    if (value === null) return null;
    values[i] = value as KeyValue;
  }
  return encodeEntityKey(values);
}

function columnFault(columns: readonly (readonly [string, ColumnType])[], row: LoggedEvent['row']): string | null {
  for (const [name, type] of columns) {
    const value = row[name];
    if (value === null || fits(value, type)) continue;
    return value === undefined
      ? `the column ${name} is missing`
      : `the column ${name} must be of type ${type}, got ${JSON.stringify(value)}`;
  }
  return null;
}

function fits(value: Scalar | undefined, type: ColumnType): boolean {
  switch (type) {
    case 'int':
    case 'timestamp':
      return Number.isSafeInteger(value);
    case 'double':
      return Number.isFinite(value);
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
  }
}

function timeFault(view: CompiledAggregateView, event: LoggedEvent): string | null {
  const declared = event.row[view.source.eventTime];
  if (declared === undefined || declared === event.eventTs) return null;
  return `the column ${view.source.eventTime} is ${String(declared)}, but the event happened at ${event.eventTs}`;
}
