import type { ProjectName } from '../index/types.ts';
import { newestVersion, type PageFacts, readPage, versionKey } from './page-facts.ts';
import { indexProject } from './project-index.ts';
import type { ProjectFacts, Sources } from './sources/types.ts';
import { newestTime } from './times.ts';
import type { Signal, Signals, Subject } from './types.ts';

/** Facts about one project from everywhere they can be had, before a version is chosen. */
export type Known = {
  readonly name: ProjectName;
  readonly pypi: Signal<ProjectFacts | null>;
  readonly page: PageFacts | undefined;
  readonly pageStatus: string | undefined;
  readonly pageComplete: boolean;
  /** ISO time of the judging. */
  readonly at: string;
};

/** Joins what PyPI says with the index page the asker has. */
export function knowProject(name: ProjectName, subject: Subject, pypi: Signal<ProjectFacts | null>, at: string): Known {
  return {
    name,
    pypi,
    page: subject.page === undefined ? undefined : readPage(subject.page),
    pageStatus: subject.page?.status,
    pageComplete: subject.pageComplete === true,
    at,
  };
}

/** The version that is judged when none was named: the newest that the index, or else PyPI, has. */
export function chooseVersion({ page, pypi }: Known): string | null {
  const fromPage = page === undefined ? null : newestVersion([...page.releases.values()].map(({ version }) => version));
  if (fromPage !== null) return fromPage;
  const facts = pypi.known ? pypi.value : null;
  return facts === null ? null : (facts.newest ?? newestVersion(Object.keys(facts.releases)));
}

const indexPage = 'index page';

/** Releases there are: PyPI's word first; a page that may be partial gives a lower bound. */
export function countVersions(known: Known): Signal<number> {
  const facts = pypiFacts(known.pypi);
  if (facts !== undefined) return fromPypi(known.pypi, indexProject(facts).count);
  if (known.page === undefined) return unknownFrom(known);
  const { at, pageComplete } = known;
  return { known: true, value: known.page.releases.size, source: indexPage, fetchedAt: at, lowerBound: !pageComplete };
}

/** When the project was last uploaded to. */
export function lastModified(known: Known): Signal<string> {
  const facts = pypiFacts(known.pypi);
  if (facts !== undefined) {
    const { newest, partial } = indexProject(facts);
    if (newest === null) return unknown('PyPI', known.at, 'gave no upload time');
    return { ...fromPypi(known.pypi, newest), lowerBound: partial };
  }
  if (known.page === undefined) return unknownFrom(known);
  const { lastUpload } = known.page;
  if (lastUpload === null) return unknown(indexPage, known.at, 'gives no upload times');
  return { known: true, value: lastUpload, source: indexPage, fetchedAt: known.at, lowerBound: !known.pageComplete };
}

/** When the newest file of this release was uploaded: the index's word first, then PyPI's if it has the same files. */
export function releasedAt(known: Known, version: string | null): Signal<string> {
  if (version === null) return unknown(indexPage, known.at, 'has no release to look at');
  const normal = versionKey(version);
  const files = known.page?.releases.get(normal)?.files ?? [];
  const fromPage = newestTime(files.map(({ uploadTime }) => uploadTime));
  if (fromPage !== null) return { known: true, value: fromPage, source: indexPage, fetchedAt: known.at };
  const facts = pypiFacts(known.pypi);
  if (facts === undefined) return unknownFrom(known, files.length > 0 ? 'gives no upload time' : undefined);
  const release = indexProject(facts).releases.get(normal);
  if (release === undefined) return unknown('PyPI', known.at, 'does not list this release');
  const ours = files.map(({ hashes }) => hashes.sha256).filter((digest) => digest !== undefined);
  if (release.sha256.length > 0 && ours.some((digest) => !release.sha256.includes(digest))) {
    return unknown('PyPI', known.at, 'has other files under this version than the index');
  }
  if (release.uploadedAt === null) return unknown('PyPI', known.at, 'gives no upload time');
  return fromPypi(known.pypi, release.uploadedAt);
}

/** PEP 792 status. Where none is said it is active, says the PEP; but PyPI's JSON has no quarantined project at all. */
export function projectStatus(known: Known): Signal<string> {
  if (known.pageStatus !== undefined) {
    return { known: true, value: known.pageStatus, source: indexPage, fetchedAt: known.at };
  }
  const facts = pypiFacts(known.pypi);
  if (facts?.status) return fromPypi(known.pypi, facts.status);
  if (facts !== undefined) return { ...fromPypi(known.pypi, 'active'), note: 'no status is said: active (PEP 792)' };
  if (known.pypi.known) return unknown('PyPI', known.at, 'does not have the project');
  if (known.page === undefined) return unknownFrom(known);
  return {
    known: true,
    value: 'active',
    source: indexPage,
    fetchedAt: known.at,
    note: 'no status is said: active (PEP 792)',
  };
}

/** Stars of the declared repository: none declared is 0, and known. */
export async function countStars(known: Known, stars: Sources['stars']): Promise<Signals['stars']> {
  const facts = pypiFacts(known.pypi);
  if (facts === undefined) return unknownFrom(known);
  if (facts.repository === null) return { ...fromPypi(known.pypi, 0), note: 'no GitHub repository is declared' };
  return stars(facts.repository);
}

/** PyPI's facts, where it has the project. */
export const pypiFacts = (pypi: Signal<ProjectFacts | null>): ProjectFacts | undefined =>
  pypi.known && pypi.value !== null ? pypi.value : undefined;

const unknownWhy = (signal: Signal<unknown>): string => (signal.known ? 'does not have the project' : signal.why);

type Unknown = Extract<Signal<never>, { known: false }>;

function unknown(source: string, fetchedAt: string, why: string): Unknown {
  return { known: false, source, fetchedAt, why };
}

/** PyPI's silence, and what the index page lacks beside it. */
export function unknownFrom({ pypi, at }: Known, pageLacks?: string): Unknown {
  const why = unknownWhy(pypi);
  return unknown(pypi.source, at, pageLacks === undefined ? why : `${why}; the index page ${pageLacks}`);
}

function fromPypi<T>({ source, fetchedAt }: Signal<unknown>, value: T): Extract<Signal<T>, { known: true }> {
  return { known: true, value, source, fetchedAt };
}
