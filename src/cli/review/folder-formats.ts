import { oneLine } from '../../printable.ts';
import { jsonDocument } from '../json-document.ts';
import { count } from '../messages.ts';
import type { Style } from '../terminal.ts';
import { type FileResult, type FolderResult, vettedReleases } from './folder-result.ts';
import { type JunitSuite, junitDocument } from './junit.ts';
import { type SarifFacts, sarifLog } from './sarif.ts';
import { sarifParts, vetSuite } from './vet-documents.ts';
import { findingBlocks } from './vet-formats.ts';

/** Returns the findings of every file and a table of the files. `now` in epoch milliseconds. */
export function folderText(folder: FolderResult, now: number, style: Style): string {
  const { files, leftOut } = folder;
  if (files.length === 0) return 'found no files with requirements\n';
  const blocks = files.flatMap((file) => problemBlocks(file, now, style));
  const left = leftOut.map(({ file, reason }) => `left out ${oneLine(file)}: ${oneLine(reason)}`);
  const secure = files.filter(({ exitCode }) => exitCode === 0).length;
  const sum = `${secure} of ${count(files.length, 'file')} may be installed: ${count(vettedReleases(files), 'package')} vetted`;
  const body = [...blocks, ...left];
  return `${[...body, ...(body.length > 0 ? [''] : []), ...table(files, style), '', sum].join('\n')}\n`;
}

function problemBlocks(file: FileResult, now: number, style: Style): readonly string[] {
  const { error, result, sameAs, exitCode } = file;
  if (error !== undefined) {
    const message = oneLine(error.message);
    return [error.message.includes(file.file) ? message : `${oneLine(file.file)}: ${message}`];
  }
  if (result === undefined || exitCode === 0 || sameAs !== undefined) return [];
  const findings = result.findings.filter(({ level }) => level !== 'note');
  return findingBlocks({ findings, omitted: result.omitted }, now, style);
}

const columns = ['packages', 'vetted', 'on hold', 'blocked', 'failed'] as const;

function table(files: readonly FileResult[], style: Style): readonly string[] {
  const names = files.map(({ file }) => oneLine(file));
  const width = Math.max('file'.length, ...names.map(({ length }) => length));
  const head = `${'file'.padEnd(width)}  ${columns.join('  ')}`;
  const rows = files.map(({ counts, state, sameAs, exitCode }, at) => {
    const numbers = [counts.packages, counts.vetted, counts.onHold, counts.blocked, counts.failed];
    const cells = numbers.map((value, column) => String(value).padStart(columns[column]?.length ?? 0)).join('  ');
    const note = sameAs === undefined ? notes[state] : `  same as ${oneLine(sameAs)}`;
    const row = `${(names[at] ?? '').padEnd(width)}  ${cells}${note}`;
    return exitCode === 0 ? row : style.bold(row);
  });
  return [style.dim(head), ...rows];
}

const notes: Readonly<Record<FileResult['state'], string>> = {
  vetted: '',
  empty: '  no requirements',
  failed: '  not vetted',
  interrupted: '  interrupted',
};

/** Returns one JSON document. */
export function folderJson(
  { files, ...rest }: FolderResult,
  facts: { readonly version: string; readonly stack: string; readonly folder: string },
): string {
  return jsonDocument({
    schemaVersion: 2,
    awspipVersion: facts.version,
    stack: facts.stack,
    folder: facts.folder,
    ...rest,
    vetted: vettedReleases(files),
    files: files.map(({ result, error, counts, ...file }) => ({
      ...file,
      ...counts,
      requestId: result?.requestId,
      attempt: result?.attempt,
      requirements: result?.asked,
      releases: result?.releases.map(({ name, version, status }) => ({ name, version, status })),
      findings: result?.findings,
      error: error && { code: error.code, message: error.message, hint: error.hint },
    })),
  });
}

/** Returns SARIF with the results of all files. A file that could not be vetted is a notification. */
export function folderSarif({ files, exitCode }: FolderResult, facts: SarifFacts): string {
  const parts = files.map(({ result, error, file }) => {
    if (error !== undefined) return { findings: [], failures: [`${file}: ${error.message}`] };
    return result === undefined ? { findings: [], failures: [] } : sarifParts(result);
  });
  return sarifLog(
    {
      run: 'vet-all/',
      exitCode,
      findings: parts.flatMap(({ findings }) => findings),
      failures: parts.flatMap(({ failures }) => failures),
    },
    facts,
  );
}

/** Returns JUnit XML with a suite for each file. */
export function folderJunit({ files }: FolderResult): string {
  return junitDocument('awspip vet', files.map(suiteOf));
}

function suiteOf({ file, result, error, state }: FileResult): JunitSuite {
  if (result !== undefined) return vetSuite(file, result);
  if (error !== undefined) {
    const outcome = { kind: 'error', type: error.code, message: error.message, details: [] } as const;
    return { name: file, cases: [{ name: file, outcome }] };
  }
  if (state === 'empty') return { name: file, cases: [] };
  const outcome = {
    kind: 'skipped',
    type: 'interrupted',
    message: 'interrupted before a verdict',
    details: [],
  } as const;
  return { name: file, cases: [{ name: file, outcome }] };
}
