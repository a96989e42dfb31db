import { admissiblePositions } from '../../index/admissible.ts';
import { candidatesInSlices } from '../../index/candidates.ts';
import { parseCoreMetadata } from '../../index/core-metadata.ts';
import { evaluateMarker } from '../../index/markers.ts';
import { parseRequirement } from '../../index/requirement.ts';
import type { IndexFile, ProjectName, ProjectPage, Requirement, TargetEnvironment } from '../../index/types.ts';
import type { ReadAheadRequest } from './types.ts';

/** What the relay knows of the repository. A failure is undefined here, because pip's own request reports it. */
export type ReadAheadPorts = {
  readonly page: (name: ProjectName) => Promise<ProjectPage | undefined>;
  /** Returns the METADATA of a wheel, if it is known without fetching the wheel. */
  readonly metadata: (name: ProjectName, file: IndexFile) => Promise<string | undefined>;
  readonly fetch: (file: IndexFile) => void;
};

/** Follows the requirements of a command through the repository, ahead of pip. */
export type ReadAhead = {
  /** Begins, once the interpreter is known. Does nothing when called again. */
  readonly begin: (environment: TargetEnvironment) => void;
  /** Notes that pip has asked for a project, so that it probably fetches a file of it. */
  readonly noteRequest: (name: ProjectName) => void;
  /** Notes that pip fetches files, which some pips also do to resolve. */
  readonly noteFile: () => void;
  readonly stop: () => void;
};

const maxProjects = 2_000;

type Project = {
  /** Specifiers of constraints. */
  readonly bounds: readonly string[];
  readonly specifiers: Set<string>;
  readonly extras: Set<string>;
  /** The projects whose METADATA names this one. */
  readonly neededBy: Set<ProjectName>;
  /** Whether no release fits all that is known of it. */
  isUnsatisfied: boolean;
  /** The file that pip would choose with what is known, and the extras that were followed for it. */
  chosen?: { readonly file: IndexFile; readonly followed: Set<string>; readonly isOnly: boolean } | undefined;
};

/**
 * Opens the read-ahead of one pip run. It guesses as pip would decide: a wrong guess costs a request, and pip decides
 * anyway. Files are fetched when no page or metadata is outstanding, because a later requirement may exclude a release.
 * The file of a project with one usable release is fetched before. If the guesses contradict each other, pip chooses
 * other releases of the projects that cause it, so their files are left to pip.
 */
export function openReadAhead(request: ReadAheadRequest, ports: ReadAheadPorts): ReadAhead {
  const { pre, noDeps, formatControl, isCertain } = request;
  let { fetchesFiles } = request;
  const projects = new Map<ProjectName, Project>();
  const requested = new Set<ProjectName>();
  const constraints = request.constraints.flatMap((text) => parseRequirement(text) ?? []);
  let environment: TargetEnvironment | undefined;
  let outstanding = 0;
  let isStopped = false;

  const projectOf = (name: ProjectName): Project => {
    const known = projects.get(name);
    if (known !== undefined) return known;
    const bounds = constraints.filter((constraint) => constraint.name === name).map(({ specifier }) => specifier);
    const sets = { specifiers: new Set<string>(), extras: new Set<string>(), neededBy: new Set<ProjectName>() };
    const project: Project = { ...sets, bounds, isUnsatisfied: false };
    projects.set(name, project);
    return project;
  };

  const fetchFiles = (): void => {
    if (!fetchesFiles || isStopped) return;
    const unsatisfied = [...projects.values()].filter((project) => project.isUnsatisfied);
    const replaced = new Set(unsatisfied.flatMap(({ neededBy }) => [...neededBy]));
    for (const [name, { chosen }] of projects) {
      if (chosen === undefined || !(requested.has(name) || isCertain(name))) continue;
      if (chosen.isOnly || (outstanding === 0 && !replaced.has(name))) ports.fetch(chosen.file);
    }
  };

  const follow = async (name: ProjectName, project: Project, target: TargetEnvironment): Promise<void> => {
    const page = await ports.page(name);
    if (page === undefined || isStopped) return;
    const listed = await candidatesInSlices(page, target, formatControl);
    const usable = listed.filter(({ best }) => best !== undefined);
    const [first = -1] = admissiblePositions(usable, [...project.specifiers, ...project.bounds], { prereleases: pre });
    const best = usable[first]?.best;
    project.isUnsatisfied = best === undefined;
    if (best === undefined) {
      project.chosen = undefined;
      return;
    }
    if (project.chosen?.file.filename !== best.file.filename) {
      project.chosen = { file: best.file, followed: new Set(), isOnly: usable.length === 1 };
    }
    if (project.chosen.isOnly) fetchFiles();
    const { followed } = project.chosen;
    const extras = ['', ...project.extras].filter((extra) => !followed.has(extra));
    for (const extra of extras) followed.add(extra);
    if (noDeps || extras.length === 0 || best.kind !== 'wheel') return;
    const text = await ports.metadata(name, best.file);
    if (text === undefined || isStopped) return;
    const needs = parseCoreMetadata(text).requiresDist.flatMap((line) => parseRequirement(line) ?? []);
    for (const need of needs) {
      const { marker } = need;
      if (marker === undefined || extras.some((extra) => evaluateMarker(marker, target, extra)))
        want(need, target, name);
    }
  };

  const want = (
    { name, specifier, extras, url }: Requirement,
    target: TargetEnvironment,
    neededBy?: ProjectName,
  ): void => {
    if (url !== undefined || isStopped || (projects.size >= maxProjects && !projects.has(name))) return;
    const project = projectOf(name);
    if (neededBy !== undefined) project.neededBy.add(neededBy);
    const isNew = !project.specifiers.has(specifier) || extras.some((extra) => !project.extras.has(extra));
    if (!isNew) return;
    project.specifiers.add(specifier);
    for (const extra of extras) project.extras.add(extra);
    outstanding += 1;
    follow(name, project, target)
      .catch(() => {}) // excessive metadata, for example
      .finally(() => {
        outstanding -= 1;
        fetchFiles();
      });
  };

  return {
    begin(target) {
      if (environment !== undefined) return;
      environment = target;
      for (const root of request.roots) {
        const requirement = parseRequirement(root);
        const { marker } = requirement ?? {};
        if (requirement === undefined || (marker !== undefined && !evaluateMarker(marker, target))) continue;
        want(requirement, target);
      }
    },
    noteRequest(name) {
      requested.add(name);
      fetchFiles();
    },
    noteFile() {
      if (fetchesFiles) return;
      fetchesFiles = true;
      fetchFiles();
    },
    stop() {
      isStopped = true;
    },
  };
}
