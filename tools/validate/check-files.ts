import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import {
  type FieldPath,
  type Finding,
  formatFieldPath,
  type Model,
  parseDocument,
  type Workspace,
} from '@signalbox/contracts';

interface NamedFile {
  readonly file: string;
  readonly path: FieldPath;
  readonly severity: Finding['severity'];
  readonly hint: string;
}

/** Findings for files that documents name and that are not in the work tree, which no document can know of itself. */
export async function checkFiles(
  root: string,
  workspace: Workspace,
  texts: ReadonlyMap<string, string>,
): Promise<Finding[]> {
  const found = [...workspace.models].map(async ([name, model]) => {
    const document = `models/${name}/model.yaml`;
    const missing = await Promise.all(
      namedFiles(model).map(async (named) => ((await isFileInside(root, named.file)) ? [] : [named])),
    );
    return missing.flat().map((named) => findingFor(named, { file: document, text: texts.get(document) ?? '' }));
  });
  return (await Promise.all(found)).flat();
}

function namedFiles({ training, runbook }: Model): NamedFile[] {
  const locks = training.lockFiles.map((file, at) => ({
    file,
    path: ['training', 'lockFiles', at],
    severity: 'error' as const,
    hint: 'Write the path from the root of the repository, and commit the file: it pins what the trainer runs with.',
  }));
  if (runbook === undefined || /^[a-z]+:/.test(runbook)) return locks;
  const hint = 'Write the path from the root of the repository, or an address that starts with https:.';
  return [...locks, { file: runbook, path: ['runbook'], severity: 'warning', hint }];
}

async function isFileInside(root: string, file: string): Promise<boolean> {
  const path = resolve(root, file);
  if (relative(root, path).startsWith('..')) return false;
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

function findingFor({ file, path, severity, hint }: NamedFile, document: { file: string; text: string }): Finding {
  const { locate } = parseDocument('model', document);
  return {
    code: 'reference/unknown',
    severity,
    message: `there is no file "${file}" in the repository`,
    hint,
    place: { file: document.file, field: formatFieldPath(path), ...locate(path) },
  };
}
