import type { ProjectName } from '../index/types.ts';
import { newestVersion, type PageFacts, readPage, versionKey } from './page-facts.ts';
import { indexProject } from './project-index.ts';
import type { ProjectFacts, Sources } from './sources/types.ts';
import { newestTime } from './times.ts';
import type { Assessment, RepositoryLink, Signal, Signals, Subject } from './types.ts';

/** The facts about one project from PyPI and from the index page, before a version is chosen. */
export type ProjectData = {
  readonly name: ProjectName;
  readonly pypi: Signal<ProjectFacts | null>;
  readonly page: PageFacts | undefined;
  readonly pageStatus: string | undefined;
  readonly pageComplete: boolean;
  /** ISO time of the assessment. */
  readonly assessedAt: string;
};

/** Combines PyPI's facts with the index page that the caller has. */
export function joinProjectData(
  name: ProjectName,
  subject: Subject,
  pypi: Signal<ProjectFacts | null>,
  assessedAt: string,
): ProjectData {
  return {
    name,
    pypi,
    page: subject.page === undefined ? undefined : readPage(subject.page),
    pageStatus: subject.page?.status,
    pageComplete: subject.pageComplete === true,
    assessedAt,
  };
}

/** Returns the version to judge if the caller names none: the newest on the index page, or else on PyPI. */
export function chooseVersion({ page, pypi }: ProjectData): string | null {
  const listed = page === undefined ? [] : [...page.releases.values()].map(({ version }) => version);
  const newestListed = newestVersion(listed);
  if (newestListed !== null) return newestListed;
  const facts = pypi.known ? pypi.value : null;
  return facts === null ? null : (facts.newest ?? newestVersion(Object.keys(facts.releases)));
}

/**
 * Returns what does not exist according to PyPI and the index page; undefined if it exists, or if a source did not answer.
 *
 * @param version the version that the caller named; null if it named none
 */
export function missingPart({ page, pypi }: ProjectData, version: string | null): Assessment['missing'] {
  if (!pypi.known) return undefined;
  if (page === undefined && pypi.value === null) return 'project';
  if (version === null) return undefined;
  const key = versionKey(version);
  const isListed =
    page?.releases.has(key) === true || (pypi.value !== null && indexProject(pypi.value).releases.has(key));
  return isListed ? undefined : 'version';
}

const indexPage = 'index page';

/** Counts the releases on PyPI, or else on the index page. An incomplete page yields a lower bound. */
export function countVersions(project: ProjectData): Signal<number> {
  const facts = pypiFacts(project.pypi);
  if (facts !== undefined) return fromPypi(project.pypi, indexProject(facts).count);
  if (project.page === undefined) return unknownFrom(project);
  const { assessedAt, pageComplete } = project;
  return {
    known: true,
    value: project.page.releases.size,
    source: indexPage,
    fetchedAt: assessedAt,
    lowerBound: !pageComplete,
  };
}

/** Returns the time of the project's newest upload. */
export function lastModified(project: ProjectData): Signal<string> {
  const facts = pypiFacts(project.pypi);
  if (facts !== undefined) {
    const { newest, partial } = indexProject(facts);
    if (newest === null) return unknown('PyPI', project.assessedAt, 'has no upload times');
    return { ...fromPypi(project.pypi, newest), lowerBound: partial };
  }
  if (project.page === undefined) return unknownFrom(project);
  const { lastUpload } = project.page;
  if (lastUpload === null) return unknown(indexPage, project.assessedAt, 'has no upload times');
  return {
    known: true,
    value: lastUpload,
    source: indexPage,
    fetchedAt: project.assessedAt,
    lowerBound: !project.pageComplete,
  };
}

/**
 * Returns the upload time of this release's newest file: from the index page, or else from PyPI if PyPI has the same
 * files.
 */
export function releasedAt(project: ProjectData, version: string | null): Signal<string> {
  if (version === null) return unknown(indexPage, project.assessedAt, 'has no release');
  const key = versionKey(version);
  const files = project.page?.releases.get(key)?.files ?? [];
  const pageTime = newestTime(files.map(({ uploadTime }) => uploadTime));
  if (pageTime !== null) return { known: true, value: pageTime, source: indexPage, fetchedAt: project.assessedAt };
  const facts = pypiFacts(project.pypi);
  if (facts === undefined) return unknownFrom(project, files.length > 0 ? 'has no upload times' : undefined);
  const release = indexProject(facts).releases.get(key);
  if (release === undefined) return unknown('PyPI', project.assessedAt, 'does not list this release');
  const digests = files.map(({ hashes }) => hashes.sha256).filter((digest) => digest !== undefined);
  if (release.sha256.length > 0 && digests.some((digest) => !release.sha256.includes(digest))) {
    return unknown('PyPI', project.assessedAt, 'has other files for this version than the index');
  }
  if (release.uploadedAt === null) return unknown('PyPI', project.assessedAt, 'has no upload times');
  return fromPypi(project.pypi, release.uploadedAt);
}

/**
 * Returns the project status (PEP 792), which is `active` if none is given. A project that PyPI does not have gets no
 * status, because PyPI's JSON API omits quarantined projects.
 */
export function projectStatus(project: ProjectData): Signal<string> {
  if (project.pageStatus !== undefined) {
    return { known: true, value: project.pageStatus, source: indexPage, fetchedAt: project.assessedAt };
  }
  const facts = pypiFacts(project.pypi);
  if (facts?.status) return fromPypi(project.pypi, facts.status);
  if (facts !== undefined) return { ...fromPypi(project.pypi, 'active'), note: noStatusNote };
  if (project.pypi.known) return unknown('PyPI', project.assessedAt, 'does not have the project');
  if (project.page === undefined) return unknownFrom(project);
  return {
    known: true,
    value: 'active',
    source: indexPage,
    fetchedAt: project.assessedAt,
    note: noStatusNote,
  };
}

const noStatusNote = 'no status given, which means active (PEP 792)';

/** Returns the stars of the declared repository; 0 if the project declares none, or one that is not its own. */
export async function countStars(
  project: ProjectData,
  link: Signal<RepositoryLink>,
  stars: Sources['stars'],
): Promise<Signals['stars']> {
  if (!link.known) return link;
  const { state, declared, borrowedFrom } = link.value;
  const notCounted = (note: string): Signals['stars'] => ({ ...fromPypi(project.pypi, 0), note });
  if (declared === null) return notCounted('no GitHub repository declared');
  if (borrowedFrom !== undefined) return notCounted(`not counted: the repository belongs to ${borrowedFrom}`);
  if (state !== 'fits') return notCounted('not counted: the repository does not fit the project name');
  return stars(declared);
}

/** Returns PyPI's facts; undefined if they are unknown or PyPI does not have the project. */
export const pypiFacts = (pypi: Signal<ProjectFacts | null>): ProjectFacts | undefined =>
  pypi.known && pypi.value !== null ? pypi.value : undefined;

const unknownWhy = (signal: Signal<unknown>): string => (signal.known ? 'does not have the project' : signal.why);

type Unknown = Extract<Signal<never>, { known: false }>;

function unknown(source: string, fetchedAt: string, why: string): Unknown {
  return { known: false, source, fetchedAt, why };
}

/** Returns an unknown signal with the reason of PyPI and, if given, that of the index page. */
export function unknownFrom({ pypi, assessedAt }: ProjectData, pageReason?: string): Unknown {
  const why = unknownWhy(pypi);
  return unknown(pypi.source, assessedAt, pageReason === undefined ? why : `${why}; the index page ${pageReason}`);
}

function fromPypi<T>({ source, fetchedAt }: Signal<unknown>, value: T): Extract<Signal<T>, { known: true }> {
  return { known: true, value, source, fetchedAt };
}
