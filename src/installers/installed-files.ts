import path from 'node:path';
import { homeFolder } from '../folders.ts';
import type { CheckedRelease } from '../install/types.ts';
import { noAllowedSources } from '../pip/allowed-sources.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { optionValues } from '../pip/grammar.ts';
import { isInOwnProject } from '../pip/own-project.ts';
import type { RootsPorts } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ExecCommand } from './exec-command.ts';
import { isProgram } from './find-program.ts';
import { type InstalledDistribution, listDistributions, withoutVendored } from './installed-distributions.ts';
import { isAllowedHook, preCommitStore } from './pre-commit-store.ts';
import { projectNames } from './project-names.ts';
import { isSeeded, type SeedSearch } from './seeded-distributions.ts';
import type { RecordedProgram } from './shim-text.ts';
import { interpreterPrefixes, type RunFacts, touchedSites } from './touched-environments.ts';

/**
 * Returns the interpreters that an installer may install for. These are the one that the command names, the project's,
 * and the active one or the one on PATH.
 */
export async function interpretersOf(
  context: ProcessContext,
  { request }: ExecCommand,
  folder: string,
): Promise<readonly string[]> {
  const windows = process.platform === 'win32';
  const projectPython = path.join(folder, '.venv', ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const namedPython =
    request.python !== undefined && /[/\\]/.test(request.python) ? path.resolve(request.python) : undefined;
  const found = [namedPython, projectPython].filter((candidate) => candidate !== undefined && isProgram(candidate));
  const configured = await configuredPip(context).catch((error: unknown) => {
    if (found.length === 0) throw error;
    return undefined;
  });
  return [...found, configured?.python].filter((python): python is string => python !== undefined);
}

/** What a run did. */
export type FinishedRun = {
  /** Epoch milliseconds of the start of the command's first run. */
  readonly startedAt: number;
  /** The program of the command, absolute. */
  readonly program: string;
  readonly programs: readonly RecordedProgram[];
  /** The project's folder, and the ports for its files. */
  readonly folder: string;
  readonly ports: RootsPorts;
  /** Returns the prefixes of an interpreter. */
  readonly prefixesOf: (python: string) => Promise<readonly string[]>;
};

/**
 * Reads from the metadata of the environments what a command installed, with any installer. Environments are those that
 * the command names, those of its project, and those of the interpreters and installers that ran.
 */
export async function readInstalledByInstaller(
  context: ProcessContext,
  exec: ExecCommand,
  { startedAt, program, programs, folder, ports, prefixesOf }: FinishedRun,
): Promise<readonly CheckedRelease[]> {
  const working = ports.folder;
  const home = homeFolder();
  const { environment } = context;
  const option = (name: string) => optionValues(exec.command, name).map((value) => path.resolve(working, value));
  const facts: RunFacts = {
    ...{ home, environment, programs, folder: working, now: context.now },
    argv: [program, ...exec.argv.slice(1)],
    projects: [folder],
    pythons: await interpretersOf(context, exec, folder).catch(() => []),
    targets: ['--target', '--prefix', '--root'].flatMap(option),
    prefixesOf,
  };
  const sites = await touchedSites(facts);
  const listed = await Promise.all(sites.map((site) => listDistributions(site, startedAt)));
  const found = await withoutVendored(listed.flat());
  if (found.length === 0) return [];
  const seeds = {
    ...{ home, environment, startedAt },
    sites: sites.map((site) => site.folder),
    prefixes: await interpreterPrefixes(facts),
  };
  const folders = [...new Set([folder, working, ...programs.map((record) => record.folder)])].slice(0, maxProjects);
  const projects = folders.map((own) => ({ ...ports, folder: own }));
  const ownNames = await projectNames(folders);
  const checks = { seeds, projects, ownNames, hooks: preCommitStore(environment, home) };
  return Promise.all(found.map(async (item) => describe(item, await isAllowed(item, checks), working)));
}

const maxProjects = 20;

type AllowChecks = {
  readonly seeds: SeedSearch;
  readonly projects: readonly RootsPorts[];
  readonly ownNames: ReadonlySet<string>;
  /** The folder with the hooks of pre-commit. */
  readonly hooks: string;
};

/** The package managers of a system and conda, which sign what they install themselves. pip and uv never write these. */
const otherManagers = new Set(['conda', 'rpm', 'debian', 'apk']);

/** Checks whether a distribution need not be vetted: the user's project, an allowed source, or not from an index. */
async function isAllowed(
  item: InstalledDistribution,
  { seeds, projects, ownNames, hooks }: AllowChecks,
): Promise<boolean> {
  const { release, installer, metadata } = item;
  if (otherManagers.has(installer)) return true;
  for (const ports of projects) if (await isAllowedInstall(release, ports)) return true;
  if (await isAllowedHook(release, hooks, projects[0]?.allowed ?? noAllowedSources)) return true;
  if (await isSeeded(item, seeds)) return true;
  if (!ownNames.has(release.name)) return false;
  // tox and nox build the project into an archive, and old pips record no origin of a project.
  if (metadata.endsWith('.egg-info')) return true;
  return release.from.kind === 'local-file' && (await isBelowProjects(release.from.path, projects));
}

async function isBelowProjects(file: string | undefined, projects: readonly RootsPorts[]): Promise<boolean> {
  if (file === undefined) return false;
  for (const ports of projects) {
    if (await isInOwnProject(await ports.files.realPath(file), ports)) return true;
  }
  return false;
}

/** Returns the release, with where it is and where it came from, for messages. */
function describe({ release, site, origin }: InstalledDistribution, allowed: boolean, working: string): CheckedRelease {
  const relative = path.relative(working, site.environment);
  const isBelow = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return {
    ...release,
    allowed,
    environment: isBelow ? relative : site.environment,
    ...(origin !== undefined && { origin }),
  };
}
