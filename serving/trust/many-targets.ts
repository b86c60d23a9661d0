import { Metadata, MetadataKind, TargetFile, Targets } from '@tufjs/models';

type Json = Record<string, unknown>;

/**
 * Targets metadata as `@tufjs/models` means it, at a cost that grows with the number of its entries: the library copies the whole table for each entry, when it
 * is read and when it is written, which for a thousand models took most of a pass.
 */
export function parseTargetsMetadata(data: unknown): Metadata<Targets> {
  const parse = Metadata.fromJSON as (kind: MetadataKind.Targets, data: unknown) => Metadata<Targets>;
  const { signed } = isObject(data) ? data : {};
  const table = isObject(signed) ? signed.targets : undefined;
  // What is malformed is left to the library, which says so before it copies anything.
  if (!isObject(signed) || !isObject(table) || !Object.values(table).every(isObject)) {
    return parse(MetadataKind.Targets, data);
  }
  const shell = parse(MetadataKind.Targets, { ...(data as Json), signed: { ...signed, targets: {} } });
  return new Metadata<Targets>(ManyTargets.of(shell.signed, table), shell.signatures, shell.unrecognizedFields);
}

class ManyTargets extends Targets {
  static of(shell: Targets, table: Json): ManyTargets {
    const { delegations, expires, specVersion, unrecognizedFields, version } = shell;
    // `fromEntries`, because a path such as `__proto__` must become an entry and not a prototype.
    const targets = Object.fromEntries(
      Object.entries(table).map(([path, target]) => [path, TargetFile.fromJSON(path, target as never)]),
    );
    return new ManyTargets({
      ...{ version, specVersion, expires, targets },
      ...(delegations === undefined ? {} : { delegations }),
      ...(unrecognizedFields === undefined ? {} : { unrecognizedFields }),
    });
  }

  override toJSON(): ReturnType<Targets['toJSON']> {
    const { delegations, expires, specVersion, unrecognizedFields, version } = this;
    const shell = new Targets({
      ...{ version, specVersion, expires, targets: {} },
      ...(delegations === undefined ? {} : { delegations }),
      ...(unrecognizedFields === undefined ? {} : { unrecognizedFields }),
    });
    const targets = Object.entries(this.targets).map(([path, target]) => [path, target.toJSON()] as const);
    return { ...shell.toJSON(), targets: Object.fromEntries(targets) };
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
