/** The value of one entity key. */
export type KeyValue = string | number;

/** One text for the keys of an entity, in key order. JSON, so that no two lists share a text whatever the keys hold. */
export function encodeEntityKey(values: readonly KeyValue[]): string {
  return JSON.stringify(values);
}
