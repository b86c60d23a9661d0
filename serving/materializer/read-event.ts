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

/** What a view makes of one event. `keyless`: an entity key is NULL, so it counts for nobody. */
export type EventReading =
  | { readonly kind: 'event'; readonly entityKey: string; readonly slots: Float64Array }
  | { readonly kind: 'keyless' }
  | { readonly kind: 'late' }
  | { readonly kind: 'malformed'; readonly reason: string };

export type EventReader = (event: LoggedEvent) => EventReading;

const KEYLESS: EventReading = { kind: 'keyless' };
const LATE: EventReading = { kind: 'late' };

/** Compiles a view into a function of an event. The slots that it answers are overwritten by its next call. */
export function compileEventReader(view: CompiledAggregateView): EventReader {
  const { ops, empty } = layoutOfView(view);
  const variables = columnVariables(view.source.columns);
  const inputs = view.slots.map(({ input }) => (input === null ? null : compileExpression(input, variables)));
  const counts = view.slots.map(({ op }) => op === 'count');
  const columns = Object.entries(view.source.columns);
  const slots = new Float64Array(ops.length);
  const reading = { kind: 'event' as const, entityKey: '', slots };
  return (event) => {
    const reason = columnFault(columns, event.row) ?? timeFault(view, event);
    if (reason !== null) return { kind: 'malformed', reason };
    if (!isAccepted(view.source, event)) return LATE;
    const entityKey = keyOfRow(view, event.row);
    if (entityKey === null) return KEYLESS;
    slots.set(empty);
    for (let slot = 0; slot < inputs.length; slot++) {
      const value = inputs[slot] === null ? true : inputs[slot]!(event.row);
      if (value !== null) slots[slot] = counts[slot] ? 1 : Number(value);
    }
    reading.entityKey = entityKey;
    return reading;
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
