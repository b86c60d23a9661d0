import { type AnyDocumentKind, documentSchema, type JsonSchema } from '@signalbox/contracts';
import { type Field, fieldsOf } from './fields.js';

/** A file that shows the document in use. */
export interface Sample {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
}

/** Documents that take several forms are shown in so many of them. */
const SHOWN_SAMPLES = 3;

/** The reference page of one kind of document, from its schema and one or more samples. */
export function documentPage(kind: AnyDocumentKind, samples: readonly Sample[]): string {
  const schema = documentSchema(kind);
  const branches = schema.anyOf ?? [schema];
  const sections = branches.flatMap((branch) => section(branch, { kind, samples, alone: branches.length === 1 }));
  return [
    `# ${schema.title}`,
    schema.description ?? '',
    `For editors: [JSON Schema](../schemas/${kind}.json). All kinds of document: [reference](README.md).`,
    ...sections,
    '<!-- Written by `npm run docs` from the schema; do not edit. -->',
  ]
    .join('\n\n')
    .concat('\n');
}

function section(
  schema: JsonSchema,
  {
    kind,
    samples,
    alone,
  }: { readonly kind: AnyDocumentKind; readonly samples: readonly Sample[]; readonly alone: boolean },
): string[] {
  const named = schema.properties?.kind?.const;
  const shown = alone ? samples : samples.filter(({ value }) => (value as { readonly kind?: unknown }).kind === named);
  if (shown.length === 0) throw new TypeError(`no sample of ${kind} ${named ?? ''}`);
  return [
    ...(alone
      ? []
      : [
          `## ${schema.title === undefined ? '' : `${schema.title}: `}\`kind: ${named}\``,
          schema.properties!.kind!.description ?? '',
        ]),
    `${alone ? '##' : '###'} Example`,
    ...shown
      .slice(0, SHOWN_SAMPLES)
      .flatMap(({ file, text }) => [
        `\`${file}\``,
        `\`\`\`${file.endsWith('.json') ? 'json' : 'yaml'}\n${text.trimEnd()}\n\`\`\``,
      ]),
    `${alone ? '##' : '###'} Keys`,
    fieldTable(
      fieldsOf(
        schema,
        shown.map(({ value }) => value),
      ),
    ),
  ];
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(
    (field) =>
      `| \`${field.name}\` | ${cell(field.type)} | ${field.presence === 'required' || field.presence === 'optional' ? field.presence : `\`${field.presence}\``} | ${cell(field.description)} | ${field.example === '' ? '' : `\`${cell(field.example)}\``} |`,
  );
  return ['| key | value | default | meaning | example |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** A bar would end the cell, also inside code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
