import { parseFilename } from '../../index/filename.ts';
import type { IndexFile, ProjectName } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { Reach } from '../types.ts';
import type { CodeFinding, FileInspection } from './code-finding.ts';

/** Kinds of findings that are compared with an earlier release of a ranked project, where only new ones may count. */
const comparedKinds: ReadonlySet<Reach> = new Set(['import-time', 'startup', 'startup-reach']);
const dayInMilliseconds = 86_400_000;
/** Days by which an unvetted release must be older, so that an attack would have been noticed since. */
const minDaysOlder = 30;

/** Returns the findings of a file that only count when they are new. */
export function comparableFindings({ findings }: FileInspection): readonly CodeFinding[] {
  return findings.filter(({ kind }) => comparedKinds.has(kind));
}

/** Returns an inspection without the findings that only count when they are new. */
export function withoutComparable(inspection: FileInspection): FileInspection {
  return { ...inspection, findings: inspection.findings.filter(({ kind }) => !comparedKinds.has(kind)) };
}

/** Returns the comparable findings of a file that the file of an earlier release does not have. */
export function addedFindings(current: FileInspection, before: FileInspection): readonly CodeFinding[] {
  const known = new Set(comparableFindings(before).map(({ kind, seen }) => `${kind} ${seen}`));
  return comparableFindings(current).filter(({ kind, seen }) => !known.has(`${kind} ${seen}`));
}

/** The release that a new one is compared with, and its file of the same kind. */
export type Baseline = { readonly version: string; readonly file: IndexFile };

/**
 * Returns the newest older release that is vetted, or one that was uploaded a month earlier. Undefined if there is none
 * with a file of the same kind.
 */
export function baselineOf(
  name: ProjectName,
  version: string,
  current: IndexFile,
  { files, vetted }: { readonly files: readonly IndexFile[]; readonly vetted: readonly string[] },
): Baseline | undefined {
  const parsed = files.flatMap((file) => {
    const own = parseFilename(file.filename, name);
    return own === undefined || compareVersions(own.version, version) >= 0 ? [] : [{ file, ...own }];
  });
  const kind = parseFilename(current.filename, name)?.kind;
  const older = parsed.filter((file) => file.kind === kind);
  const isVetted = (file: { version: string }) => vetted.some((known) => compareVersions(known, file.version) === 0);
  const isEarlier = ({ file }: { file: IndexFile }) => daysBetween(file, current) >= minDaysOlder;
  const usable = older.some(isVetted) ? older.filter(isVetted) : older.filter(isEarlier);
  const newest = usable.toSorted((a, b) => compareVersions(b.version, a.version))[0]?.version;
  const siblings = usable.filter((file) => newest !== undefined && compareVersions(file.version, newest) === 0);
  const suffix = tagsOf(current.filename);
  const best = siblings.find(({ file }) => tagsOf(file.filename) === suffix) ?? siblings[0];
  return best === undefined ? undefined : { version: best.version, file: best.file };
}

function daysBetween(before: IndexFile, after: IndexFile): number {
  const [from, to] = [before.uploadTime, after.uploadTime].map((time) => Date.parse(time ?? ''));
  return ((to ?? Number.NaN) - (from ?? Number.NaN)) / dayInMilliseconds;
}

/** Returns the tags of a wheel's name, or the extension of an sdist's. */
const tagsOf = (filename: string): string =>
  filename.endsWith('.whl')
    ? filename.split('-').slice(-3).join('-')
    : (/\.[a-z]+(?:\.[a-z]+)?$/.exec(filename)?.[0] ?? '');

/** Checks for a version such as 99.0 after a release with a usual one, as dependency confusion uses it. */
export function isAbsurdVersion(version: string, before: string): boolean {
  const nines = /^(?:\d+!)?9{2,}(?:\.|$)/;
  return nines.test(version) && !nines.test(before);
}
