import { createHash } from 'node:crypto';
import { parseFilename } from '../../index/filename.ts';
import type { IndexFile, ProjectName, ProjectPage } from '../../index/types.ts';
import { readPage, versionKey } from '../page-facts.ts';
import { answerCache, type Kept } from '../sources/answer-cache.ts';
import type { AnswerStore } from '../sources/types.ts';
import type { InstallCode, Signal } from '../types.ts';
import { buildCode, buildFiles } from './build-scripts.ts';
import { isStartupFile, startupCode } from './startup.ts';

/** One release to look into. */
export type InspectedRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** The project's page, where the asker has it. */
  readonly page: ProjectPage | undefined;
  /** True: every file; false: what nearly everyone gets, for a project that is well known. */
  readonly every: boolean;
};

/** Looks into a release's files for code that runs when they are installed. Nothing of it is run. Never throws. */
export type Inspect = (release: InspectedRelease) => Promise<Signal<readonly InstallCode[]>>;

/** What files are read with. */
export type InspectPorts = {
  /** The wanted entries of a wheel or an sdist, by path; throws when it cannot be read. */
  readonly read: (file: IndexFile, wants: (path: string) => boolean) => Promise<ReadonlyMap<string, string>>;
  /** The project's page, where the asker has none; undefined when the index has none or does not answer. */
  readonly pageOf: (name: ProjectName) => Promise<ProjectPage | undefined>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly store?: AnswerStore | undefined;
  /** Milliseconds for one release. Default 30,000. */
  readonly timeLimit?: number | undefined;
};

const source = 'the files';
const maxWheels = { every: 100, some: 12 };
const parallel = 4;
/** A large sdist of a well-known project is not fetched to be looked into: wheels cost a few kilobytes each. */
const maxFetchedBytes = 5 * 1024 * 1024;

/** Answers hold as long as the files do: they are kept under the files' digests. */
export function openInspector(ports: InspectPorts): Inspect {
  const cache = answerCache({ lifetime: 365 * 86_400_000, size: 5_000, now: ports.now, store: ports.store });
  const unknown = (why: string): Signal<never> => ({ known: false, source, fetchedAt: iso(ports.now()), why });
  return async (release) => {
    const page = release.page ?? (await ports.pageOf(release.name));
    const files = page === undefined ? [] : (readPage(page).releases.get(versionKey(release.version))?.files ?? []);
    if (files.length === 0) return unknown('cannot be seen: the index does not list the release');
    const plan = choose(files, release);
    const key = cacheKey(plan.files);
    const kept = key === undefined ? undefined : await cache.get(key);
    if (kept !== undefined) return answer(kept, plan);
    try {
      const value = await within(ports.timeLimit ?? 30_000, lookInto(plan, ports));
      if (value === undefined) return unknown('could not be read in time');
      const found = { value, fetchedAt: ports.now() };
      if (key !== undefined) await cache.put(key, found);
      return answer(found, plan);
    } catch {
      return unknown('could not be read');
    }
  };
}

type Plan = {
  readonly files: readonly IndexFile[];
  /** Building it is nobody's way who does not ask for it: a wheel for every platform comes first. */
  readonly seldomBuilt: boolean;
  readonly left: number;
  readonly note: string | undefined;
};

function answer({ value, fetchedAt }: Kept, { left, note }: Plan): Signal<readonly InstallCode[]> {
  const found = value as readonly InstallCode[];
  return { known: true, value: found, source, fetchedAt: iso(fetchedAt), note, lowerBound: left > 0 };
}

/** Which files are looked into: all, or for a well-known project what nearly everyone gets. */
function choose(files: readonly IndexFile[], { name, every }: InspectedRelease): Plan {
  const parsed = files.map((file) => ({ file, kind: parseFilename(file.filename, name)?.kind }));
  const wheels = parsed.filter(({ kind }) => kind === 'wheel').map(({ file }) => file);
  const sdists = parsed.filter(({ kind }) => kind === 'sdist').map(({ file }) => file);
  const universal = wheels.some(({ filename }) => filename.endsWith('-none-any.whl'));
  const max = every ? maxWheels.every : maxWheels.some;
  const taken = wheels.toSorted((a, b) => commonness(b) - commonness(a)).slice(0, max);
  const built = (every || !universal ? sdists : []).filter(({ size }) => every || (size ?? 0) <= maxFetchedBytes);
  const unbuilt = universal ? 0 : sdists.length - built.length;
  const left = wheels.length - taken.length + unbuilt;
  const note =
    left > 0 ? `looked into ${taken.length + built.length} of ${taken.length + built.length + left} files` : undefined;
  return { files: [...taken, ...built], seldomBuilt: universal, left, note };
}

function commonness({ filename }: IndexFile): number {
  return ['none-any', 'x86_64', 'manylinux', 'win_amd64', 'arm64'].findLastIndex((part) => filename.includes(part)) + 1;
}

async function lookInto({ files, seldomBuilt }: Plan, { read }: InspectPorts): Promise<InstallCode[]> {
  const found: InstallCode[][] = [];
  const queue = [...files.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, file] = next;
      const isWheel = file.filename.endsWith('.whl');
      const entries = await read(file, isWheel ? isStartupFile : buildFiles());
      found[index] = isWheel
        ? [...entries].flatMap(([path, text]) => startupCode(path, text, file.filename))
        : buildCode(entries, file.filename).filter(({ reach }) => !(seldomBuilt && reach === 'shell'));
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return found.flat().slice(0, 20);
}

function cacheKey(files: readonly IndexFile[]): string | undefined {
  const digests = files.map(({ hashes }) => hashes.sha256);
  if (digests.includes(undefined)) return undefined;
  return `install-code-1/${createHash('sha256').update(digests.join()).digest('hex')}`;
}

/** Undefined when the time is up; what is still being read then is let be. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const bell = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, bell]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}

const iso = (time: number): string => new Date(time).toISOString();
