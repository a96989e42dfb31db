import { createHash } from 'node:crypto';
import { parseFilename } from '../../index/filename.ts';
import type { IndexFile, ProjectName, ProjectPage } from '../../index/types.ts';
import { readPage, versionKey } from '../page-facts.ts';
import { answerCache, type CachedAnswer } from '../sources/answer-cache.ts';
import type { AnswerStore } from '../sources/types.ts';
import type { InstallCode, Signal } from '../types.ts';
import type { FileInspection } from './code-finding.ts';
import { installCodeOf } from './file-outcome.ts';

/** A release to inspect. */
type InspectedRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** The project's page, if the caller has it. */
  readonly page: ProjectPage | undefined;
  /** Whether to inspect all files. If false, as for ranked projects, only the most common ones are inspected. */
  readonly allFiles: boolean;
  /** Whether to leave out the sdists of a release that has wheels. */
  readonly wheelsOnly?: boolean | undefined;
  /** The only file to inspect. */
  readonly file?: string | undefined;
};

/** Searches the files of a release for install-time code, without running any of it. Never throws. */
export type Inspect = (release: InspectedRelease) => Promise<Signal<readonly InstallCode[]>>;

type InspectPorts = {
  /**
   * Downloads a file, and calls `use` with its path on disk, or with undefined if it is larger than `maxBytes`. Throws if
   * the index fails.
   */
  readonly withFile: <T>(
    file: IndexFile,
    maxBytes: number,
    use: (archive: string | undefined) => Promise<T>,
  ) => Promise<T>;
  /** Inspects a downloaded file, by its path on disk. */
  readonly inspectFile: (file: { readonly filename: string; readonly archive: string }) => Promise<FileInspection>;
  /** Returns the project's page if the caller has none; undefined if the index has none or does not answer. */
  readonly pageOf: (name: ProjectName) => Promise<ProjectPage | undefined>;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly store?: AnswerStore | undefined;
  /** Milliseconds for one release. Default 300,000. */
  readonly timeLimit?: number | undefined;
};

const source = 'the files';
const maxWheels = { all: 100, common: 4 };
const maxParallel = 2;
/** A larger file counts as unreadable. */
const maxFileBytes = 512 * 1024 * 1024;
/** Wheels of a ranked project are read up to this size together, and always the first one. */
const maxCommonWheelBytes = 128 * 1024 * 1024;

/** Opens an inspector. Its results are cached by the digests of the files, because files are immutable. */
export function openInspector(ports: InspectPorts): Inspect {
  const cache = answerCache({ lifetime: 365 * 86_400_000, size: 5_000, now: ports.now, store: ports.store });
  const unknown = (why: string): Signal<never> => ({ known: false, source, fetchedAt: iso(ports.now()), why });
  const running = new Map<string, Promise<CachedAnswer | string>>();
  const inspectOnce = async (selection: FileSelection, key: string | undefined): Promise<CachedAnswer | string> => {
    try {
      const value = await withTimeout(ports.timeLimit ?? 300_000, inspectFiles(selection, ports));
      if (value === undefined) return 'could not be read in time';
      const result = { value, fetchedAt: ports.now() };
      if (key !== undefined) await cache.put(key, result);
      return result;
    } catch {
      return 'could not be read';
    }
  };
  /** Inspects files that are being inspected already only once. */
  const inspectShared = (selection: FileSelection, key: string | undefined): Promise<CachedAnswer | string> => {
    if (key === undefined) return inspectOnce(selection, key);
    const current = running.get(key) ?? inspectOnce(selection, key).finally(() => running.delete(key));
    running.set(key, current);
    return current;
  };
  return async (release) => {
    const page = release.page ?? (await ports.pageOf(release.name));
    const files = page === undefined ? [] : (readPage(page).releases.get(versionKey(release.version))?.files ?? []);
    if (files.length === 0) return unknown('are not listed by the index');
    const selection = selectFiles(files, release);
    if (selection.files.length === 0) return unknown('are not of a kind that pip installs');
    const key = cacheKey(selection);
    const cached = key === undefined ? undefined : await cache.get(key);
    if (cached !== undefined) return knownSignal(cached, selection);
    const result = await inspectShared(selection, key);
    return typeof result === 'string' ? unknown(result) : knownSignal(result, selection);
  };
}

type FileSelection = {
  readonly files: readonly IndexFile[];
  /** Whether a wheel for all platforms exists, so that pip builds the sdist only on request. */
  readonly hasUniversalWheel: boolean;
  /** The number of files that are not inspected. */
  readonly omitted: number;
  readonly note: string | undefined;
};

function knownSignal(
  { value, fetchedAt }: CachedAnswer,
  { omitted, note }: FileSelection,
): Signal<readonly InstallCode[]> {
  const found = value as readonly InstallCode[];
  return { known: true, value: found, source, fetchedAt: iso(fetchedAt), note, lowerBound: omitted > 0 };
}

/** Selects the files to inspect: all of them, or those that most platforms install. */
function selectFiles(files: readonly IndexFile[], release: InspectedRelease): FileSelection {
  const { name, allFiles, wheelsOnly } = release;
  const parsed = files.map((file) => ({ file, kind: parseFilename(file.filename, name)?.kind }));
  const wheels = parsed.filter(({ kind }) => kind === 'wheel').map(({ file }) => file);
  const isJudgedByWheels = wheelsOnly === true && wheels.length > 0;
  const sdists = isJudgedByWheels ? [] : parsed.filter(({ kind }) => kind === 'sdist').map(({ file }) => file);
  const hasUniversalWheel = wheels.some(({ filename }) => filename.endsWith('-none-any.whl'));
  if (release.file !== undefined) {
    return { files: files.filter(isNamed(release.file)), hasUniversalWheel, omitted: 0, note: undefined };
  }
  const sortedWheels = wheels.toSorted((a, b) => platformPriority(b) - platformPriority(a));
  const selectedWheels = allFiles ? sortedWheels.slice(0, maxWheels.all) : commonWheels(sortedWheels);
  const selectedSdists = allFiles || !hasUniversalWheel ? sdists : [];
  const omittedSdists = hasUniversalWheel ? 0 : sdists.length - selectedSdists.length;
  const omitted = wheels.length - selectedWheels.length + omittedSdists;
  const selected = [...selectedWheels, ...selectedSdists];
  const note = omitted > 0 ? `inspected ${selected.length} of ${selected.length + omitted} files` : undefined;
  return { files: selected, hasUniversalWheel, omitted, note };
}

const isNamed =
  (name: string) =>
  ({ filename }: IndexFile): boolean =>
    filename === name;

function commonWheels(wheels: readonly IndexFile[]): readonly IndexFile[] {
  let bytes = 0;
  return wheels.slice(0, maxWheels.common).filter(({ size }, index) => {
    bytes += size ?? 0;
    return index === 0 || bytes <= maxCommonWheelBytes;
  });
}

/** Returns a number that is greater for a wheel that more machines install. */
export function platformPriority({ filename }: Pick<IndexFile, 'filename'>): number {
  return ['none-any', 'x86_64', 'manylinux', 'win_amd64', 'arm64'].findLastIndex((part) => filename.includes(part)) + 1;
}

async function inspectFiles(
  { files, hasUniversalWheel }: FileSelection,
  { withFile, inspectFile }: InspectPorts,
): Promise<InstallCode[]> {
  const found: (readonly InstallCode[])[] = [];
  const queue = [...files.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, file] = next;
      const { filename } = file;
      const inspection = await withFile(file, maxFileBytes, async (archive) =>
        archive === undefined
          ? { filename, findings: [], unreadable: `is larger than ${maxFileBytes} bytes` }
          : inspectFile({ filename, archive }),
      );
      const isWheel = filename.endsWith('.whl');
      found[index] = installCodeOf(inspection).filter(
        ({ reach }) => isWheel || !(hasUniversalWheel && reach === 'shell'),
      );
    }
  };
  await Promise.all(Array.from({ length: maxParallel }, work));
  return found.flatMap((ofFile) => ofFile.slice(0, maxFindingsPerFile)).slice(0, maxFindings);
}

const maxFindingsPerFile = 6;
const maxFindings = 40;

/** Returns the key of a result. It depends on the bytes, on the names in the findings, and on what pip builds by itself. */
function cacheKey({ files, hasUniversalWheel }: FileSelection): string | undefined {
  if (files.some(({ hashes }) => hashes.sha256 === undefined)) return undefined;
  const content = files.map(({ filename, hashes }) => [filename, hashes.sha256]);
  const digest = createHash('sha256').update(JSON.stringify([hasUniversalWheel, content]));
  return `install-code-3/${digest.digest('hex')}`;
}

/** Returns the result of `work`, or undefined after the time limit. Work that is still running is not cancelled. */
async function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}

const iso = (time: number): string => new Date(time).toISOString();
