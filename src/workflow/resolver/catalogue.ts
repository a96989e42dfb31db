import { AwspipError } from '../../errors.ts';
import { type Candidate, candidates } from '../../index/candidates.ts';
import type { ProjectName } from '../../index/types.ts';
import { satisfies } from '../../index/versions.ts';
import { readFileFacts } from './file-facts.ts';
import { type Limit, limit } from './limit.ts';
import type { FileFacts, ResolverInput, ResolverLimits } from './types.ts';
import { setOf, universe, type VersionSet } from './version-set.ts';

/** A candidate that pip could take here. */
export type Usable = Candidate & { readonly best: NonNullable<Candidate['best']> };

/** A project as the interpreter that asked sees it. */
export type Project = {
  readonly name: ProjectName;
  /** False when no index knows the name. */
  readonly exists: boolean;
  /** Newest first; their places are the positions of version sets. */
  readonly usable: readonly Usable[];
  /** Also what does not fit here, newest first. */
  readonly all: readonly Candidate[];
  readonly universe: VersionSet;
  /** Positions that satisfy a specifier, pre-releases included. */
  readonly matching: (specifier: string) => VersionSet;
};

type Urgency = 'now' | 'foresight';

/** What the index holds, each page and file read once. */
export type Catalogue = {
  /** Throws `AwspipError` (unavailable) when no index answers. */
  project(name: ProjectName, urgency?: Urgency): Promise<Project>;
  facts(candidate: Usable, urgency?: Urgency): Promise<FileFacts>;
  /** Ends what was only foresight. */
  close(): void;
};

type Needs = Pick<ResolverInput, 'index' | 'request'> & { readonly bounds: ResolverLimits };

/** Opens the index for one walk. */
export function openCatalogue({ index, request, bounds }: Needs): Catalogue {
  const turns = limit(bounds.parallel);
  const project = once(turns, (name: ProjectName) => readProject(name, { index, request }));
  const facts = once(turns, (candidate: Usable) =>
    readFileFacts(candidate.best.file, candidate.best.kind, index, bounds.bytesPerFile),
  );
  return {
    project: (name, urgency = 'now') => {
      if (!project.knows(name) && project.size() >= 2 * bounds.releases)
        return Promise.reject(tooLarge(bounds.releases));
      return project.get(name, name, urgency);
    },
    facts: (candidate, urgency = 'now') => facts.get(candidate.best.file.url, candidate, urgency),
    close: () => turns.stop(),
  };
}

/** What a walk past its bound ends with. */
export function tooLarge(max: number): AwspipError {
  return new AwspipError('resolution-too-large', `the requirements need more than ${max} projects`, {
    exit: 'usage',
    hint: 'install fewer at a time: `awspip install -r FILE` with a part of the file',
  });
}

type Once<Input, Output> = {
  get(key: string, input: Input, urgency: Urgency): Promise<Output>;
  knows(key: string): boolean;
  size(): number;
};

/** Does each task once. What waits as foresight and becomes urgent is asked for again, at the front. */
function once<Input, Output>(turns: Limit, task: (input: Input) => Promise<Output>): Once<Input, Output> {
  const begun = new Map<string, Promise<Output>>();
  const asked = new Map<string, Promise<Output>>();
  const begin = (key: string, input: Input): Promise<Output> => {
    const running = begun.get(key) ?? task(input);
    begun.set(key, running);
    return running;
  };
  return {
    knows: (key) => begun.has(key),
    size: () => begun.size,
    get: (key, input, urgency) => {
      const known = begun.get(key) ?? asked.get(`${urgency} ${key}`);
      if (known !== undefined) return known;
      const turn = turns.run(() => begin(key, input), urgency);
      asked.set(`${urgency} ${key}`, turn);
      return turn;
    },
  };
}

async function readProject(name: ProjectName, { index, request }: Pick<Needs, 'index' | 'request'>): Promise<Project> {
  const answer = await index.page(name);
  if (answer.kind === 'unreachable')
    throw new AwspipError('index-unreachable', `no index answers for \`${name}\`: ${answer.cause}`, {
      exit: 'unavailable',
    });
  const all =
    answer.kind === 'missing' ? [] : candidates(answer.page, request.environment, request.options.formatControl);
  const usable = all.filter((candidate): candidate is Usable => candidate.best !== undefined);
  const sets = new Map<string, VersionSet>();
  const matching = (specifier: string): VersionSet => {
    const known = sets.get(specifier);
    if (known !== undefined) return known;
    const accepts = (at: number): boolean => satisfies(usable[at]?.version ?? '', specifier, { prereleases: true });
    const set = setOf(usable.length, accepts);
    sets.set(specifier, set);
    return set;
  };
  return { name, exists: answer.kind === 'found', usable, all, universe: universe(usable.length), matching };
}
