import { AwspipError } from '../../errors.ts';
import { type Candidate, candidatesInSlices } from '../../index/candidates.ts';
import { parseFilename } from '../../index/filename.ts';
import type { ProjectName, ProjectPage } from '../../index/types.ts';
import { uploadedBefore } from '../../index/upload-cutoff.ts';
import { satisfies, versionKey } from '../../index/versions.ts';
import { networkHintOfText } from '../../network-hint.ts';
import { readFileFacts } from './file-facts.ts';
import { type Priority, type TaskLimit, taskLimit } from './task-limit.ts';
import type { FileFacts, ReadFacts, ResolverInput, ResolverLimits, WithheldByVersion } from './types.ts';
import { setOf, universe, type VersionSet } from './version-set.ts';

/** A candidate with a file that fits the environment. */
export type UsableCandidate = Candidate & { readonly best: NonNullable<Candidate['best']> };

/** A project and its candidates for one environment. */
export type Project = {
  readonly name: ProjectName;
  /** False when no index has the name. */
  readonly exists: boolean;
  /** Versions of which every file was uploaded too late for the request, as their file names have them. */
  readonly uploadedLater: readonly string[];
  /** Newest first. An index into this array is a position in a version set. */
  readonly usable: readonly UsableCandidate[];
  /** All candidates, newest first, including those that don't fit the environment. */
  readonly all: readonly Candidate[];
  readonly universe: VersionSet;
  /** Returns the positions that satisfy a specifier, pre-releases included. */
  readonly matching: (specifier: string) => VersionSet;
};

/** The pages and files of the index, each read once. */
export type Catalogue = {
  /** Throws `AwspipError` (unavailable) when no index answers. */
  project(name: ProjectName, priority?: Priority): Promise<Project>;
  facts(candidate: UsableCandidate, priority?: Priority): Promise<FileFacts>;
  /** Drops the prefetches that have not started. */
  close(): void;
};

type Needs = Pick<ResolverInput, 'index' | 'request' | 'withheld' | 'readFacts'> & { readonly bounds: ResolverLimits };

function uncached(index: Needs['index']): ReadFacts {
  return (file, kind, bytesPerFile) => readFileFacts(file, kind, index, bytesPerFile);
}

/** Opens the index for one resolution. */
export function openCatalogue({ index, request, withheld, bounds, readFacts = uncached(index) }: Needs): Catalogue {
  const limiter = taskLimit(bounds.parallel);
  const project = memoizeTasks(limiter, (name: ProjectName) => readProject(name, { index, request, withheld }));
  const facts = memoizeTasks(limiter, (candidate: UsableCandidate) =>
    readFacts(candidate.best.file, candidate.best.kind, bounds.bytesPerFile),
  );
  return {
    project: (name, priority = 'now') => {
      if (!project.has(name) && project.size() >= 2 * bounds.releases) return Promise.reject(tooLarge(bounds.releases));
      return project.get(name, name, priority);
    },
    facts: (candidate, priority = 'now') => facts.get(candidate.best.file.url, candidate, priority),
    close: () => limiter.stop(),
  };
}

/** Returns the error of a resolution with more than `max` projects. */
export function tooLarge(max: number): AwspipError {
  return new AwspipError('resolution-too-large', `the requirements need more than ${max} projects`, {
    exit: 'usage',
    hint: 'split the requirements over several `awspip install` commands',
  });
}

type MemoizedTasks<Input, Output> = {
  get(key: string, input: Input, priority: Priority): Promise<Output>;
  /** Checks whether the task for a key has started. */
  has(key: string): boolean;
  size(): number;
};

/** Runs each task once. A queued prefetch that is needed now is queued again, ahead of the other prefetches. */
function memoizeTasks<Input, Output>(
  limiter: TaskLimit,
  task: (input: Input) => Promise<Output>,
): MemoizedTasks<Input, Output> {
  const started = new Map<string, Promise<Output>>();
  const queued = new Map<string, Promise<Output>>();
  const start = (key: string, input: Input): Promise<Output> => {
    const running = started.get(key) ?? task(input);
    started.set(key, running);
    return running;
  };
  return {
    has: (key) => started.has(key),
    size: () => started.size,
    get: (key, input, priority) => {
      const known = started.get(key) ?? queued.get(`${priority} ${key}`);
      if (known !== undefined) return known;
      const result = limiter.run(() => start(key, input), priority);
      queued.set(`${priority} ${key}`, result);
      return result;
    },
  };
}

async function readProject(name: ProjectName, { index, request, ...rest }: Omit<Needs, 'bounds'>): Promise<Project> {
  const [answer, withheld] = await Promise.all([index.page(name), rest.withheld?.(name) ?? noneWithheld]);
  if (answer.kind === 'unreachable')
    throw new AwspipError('index-unreachable', `no index answers for \`${name}\`: ${answer.cause}`, {
      exit: 'unavailable',
      hint: networkHintOfText(answer.cause) ?? 'run the same command again in a few minutes',
    });
  const listed = answer.kind === 'missing' ? undefined : answer.page;
  const page = listed && uploadedBefore(listed, request.options.uploadedBefore);
  const timely = page === undefined ? [] : await listCandidates(page, request, withheld);
  const all = page === listed ? timely : await withAllFiles(timely, listed, request);
  const usable = all.filter((candidate): candidate is UsableCandidate => candidate.best !== undefined);
  const sets = new Map<string, VersionSet>();
  const matching = (specifier: string): VersionSet => {
    const known = sets.get(specifier);
    if (known !== undefined) return known;
    const accepts = (position: number): boolean =>
      satisfies(usable[position]?.version ?? '', specifier, { prereleases: true });
    const set = setOf(usable.length, accepts);
    sets.set(specifier, set);
    return set;
  };
  const uploadedLater = listed === undefined || page === undefined ? [] : versionsWithout(listed, page);
  const found = { exists: listed !== undefined, uploadedLater };
  return { name, ...found, usable, all, universe: universe(usable.length), matching };
}

/**
 * Returns the candidates with all files of their releases, also those that were uploaded later: a release is imported
 * with all of its files.
 */
async function withAllFiles(
  candidates: readonly Candidate[],
  page: ProjectPage | undefined,
  { environment, options }: Needs['request'],
): Promise<readonly Candidate[]> {
  const complete = page === undefined ? [] : await candidatesInSlices(page, environment, options.formatControl);
  const filesOf = new Map(complete.map(({ version, files }) => [versionKey(version), files]));
  return candidates.map((candidate) => ({
    ...candidate,
    files: filesOf.get(versionKey(candidate.version)) ?? candidate.files,
  }));
}

/** Returns the versions on a page that have no file on another one. */
function versionsWithout(page: ProjectPage, other: ProjectPage): readonly string[] {
  if (page.files.length === other.files.length) return [];
  const versions = ({ files, name }: ProjectPage) =>
    new Set(files.flatMap(({ filename }) => parseFilename(filename, name)?.version ?? []));
  const kept = versions(other);
  return [...versions(page)].filter((version) => !kept.has(version));
}

const noneWithheld: WithheldByVersion = new Map();

/**
 * Returns the candidates with the files that pip chooses among those that are not withheld. A candidate of which every
 * fitting file is withheld keeps its file, and is refused for it.
 */
async function listCandidates(
  page: ProjectPage,
  { environment, options }: Needs['request'],
  withheld: WithheldByVersion,
) {
  const all = await candidatesInSlices(page, environment, options.formatControl);
  if (withheld.size === 0) return all;
  const hidden = new Set([...withheld.values()].flatMap((files) => [...files.keys()]));
  const files = page.files.filter(({ filename }) => !hidden.has(filename));
  const shown = new Map(
    (await candidatesInSlices({ ...page, files }, environment, options.formatControl)).map((candidate) => [
      versionKey(candidate.version),
      candidate,
    ]),
  );
  return all.map((candidate): Candidate => {
    const { best, yanked } = shown.get(versionKey(candidate.version)) ?? {};
    return best === undefined || yanked === undefined ? candidate : { ...candidate, best, yanked };
  });
}
