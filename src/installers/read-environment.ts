import { statSync } from 'node:fs';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { homeFolder } from '../folders.ts';
import { captureOutput } from '../pip/capture.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import type { ProcessContext } from '../process-context.ts';
import { pythonCommand } from '../python-command.ts';
import { type InstalledDistribution, listDistributions } from './installed-distributions.ts';
import type { SeedSearch } from './seeded-distributions.ts';
import type { SiteFolder } from './site-folders.ts';

/** What is installed in an environment. */
export type InstalledEnvironment = {
  /** The interpreter, absolute. */
  readonly python: string;
  /** The environment's folder. */
  readonly prefix: string;
  /** Each release once, in the order of their names. */
  readonly distributions: readonly InstalledDistribution[];
  /** Where the wheels may be that `ensurepip` and virtualenv install. */
  readonly seeds: SeedSearch;
};

const code = `
import json, os, sys, sysconfig
paths = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
paths += [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
print(json.dumps({"prefix": sys.prefix, "base": sys.base_prefix, "sites": [os.path.realpath(path) for path in paths]}))
`;

/**
 * Reads the environment of an interpreter: the active one, or that of `python`, an interpreter or an environment's folder.
 *
 * @throws {AwspipError} `python-unusable` (78) if the interpreter can't be run.
 */
export async function readEnvironment(context: ProcessContext, python?: string): Promise<InstalledEnvironment> {
  const { environment } = context;
  const program = python === undefined ? (await configuredPip(context)).python : interpreterOf(path.resolve(python));
  const { prefix, base, sites } = await describeInterpreter(program, environment);
  const folders = [...new Set(sites)].map((folder): SiteFolder => ({ folder, environment: prefix, isSite: true }));
  const listed = (await Promise.all(folders.map((site) => listDistributions(site, 0)))).flat();
  const distributions = new Map(listed.map((item) => [`${item.release.name} ${item.release.version}`, item]));
  const prefixes = [...new Set([prefix, base])];
  return {
    ...{ python: program, prefix },
    distributions: [...distributions.values()].toSorted((a, b) => (a.release.name < b.release.name ? -1 : 1)),
    seeds: {
      ...{ home: homeFolder(), environment, prefixes, startedAt: context.now() },
      sites: folders.map(({ folder }) => folder),
    },
  };
}

/** Returns the interpreter of an environment's folder, or the path itself. */
function interpreterOf(given: string): string {
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory() !== true) return given;
  const candidates = [path.join('bin', 'python'), path.join('bin', 'python3'), path.join('Scripts', 'python.exe')];
  const found = candidates
    .map((name) => path.join(given, name))
    .find((file) => statSync(file, { throwIfNoEntry: false }));
  if (found === undefined) throw unusable(given, 'the folder has no interpreter');
  return found;
}

async function describeInterpreter(python: string, environment: ProcessContext['environment']) {
  const process = pythonCommand(python, code, [], plainEnvironment(environment));
  const { exitCode, stdout } = await captureOutput(process.command, { environment: process.environment });
  if (exitCode !== 0) throw unusable(python, 'it could not be run');
  try {
    const { prefix, base, sites } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    return { prefix: String(prefix), base: String(base), sites: (sites as unknown[]).map(String) };
  } catch {
    throw unusable(python, 'its answer could not be read');
  }
}

function unusable(python: string, reason: string): AwspipError {
  return new AwspipError('python-unusable', `cannot read the environment of \`${python}\`: ${reason}`, {
    exit: 'configuration',
    hint: 'name an interpreter or an environment, as in `--python .venv`',
  });
}
