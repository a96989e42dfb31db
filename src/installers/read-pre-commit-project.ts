import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { homeFolder } from '../folders.ts';
import { allowanceOf, allowanceOfRepository, noAllowedSources } from '../pip/allowed-sources.ts';
import { lineFinder } from '../pip/line-finder.ts';
import type { RootsPorts } from '../pip/roots.ts';
import { type UnvettedSource, withoutCredentials } from '../pip/unvetted-source.ts';
import type { ProcessContext } from '../process-context.ts';
import { valuesOf } from './installer-request.ts';
import { parseCommandLine } from './parse-command-line.ts';
import { clonedAddresses, isAllowedAddress, localPath, preCommitStore } from './pre-commit-store.ts';

/** What a command of pre-commit needs. */
export type PreCommitProject = {
  readonly roots: readonly string[];
  readonly buildRoots: readonly string[];
  readonly unvetted: readonly UnvettedSource[];
};

const rules = {
  valueOptions: new Set('--config --hook-type --from-ref --to-ref --files --hook-stage'.split(' ')),
  longNames: { '-c': '--config', '-t': '--hook-type', '-s': '--from-ref', '-o': '--to-ref' },
};

/**
 * Reads the requirements of local hooks, and the hook repositories that pre-commit would clone. A repository named in
 * the configuration is code that no one vets, like a requirement of pip with a `git+` URL.
 */
export async function readPreCommitProject(
  { environment }: Pick<ProcessContext, 'environment'>,
  args: readonly string[],
  ports: RootsPorts,
): Promise<PreCommitProject> {
  const parsed = parseCommandLine(args, rules);
  const [verb = 'run'] = parsed.positionals;
  const installs = verb === 'install' && parsed.options.some(({ name }) => name === '--install-hooks');
  if (!installs && verb !== 'run' && verb !== 'install-hooks') return { roots: [], buildRoots: [], unvetted: [] };
  const file = path.resolve(ports.folder, valuesOf(parsed, '--config')[0] ?? '.pre-commit-config.yaml');
  const text = await readFile(file, 'utf8').catch(() => '');
  const { parsePreCommitConfiguration } = await import('./pre-commit-configuration.ts'); // loads the YAML library
  const { repositories, requirements, buildRequirements } = parsePreCommitConfiguration(text);
  const cloned = await clonedAddresses(preCommitStore(environment, homeFolder()));
  const locationOf = lineFinder(text, path.relative(ports.folder, file));
  const { allowed = noAllowedSources } = ports;
  const unvetted: UnvettedSource[] = [];
  for (const address of repositories) {
    if (cloned.has(address) || (await isAllowedAddress(address, allowed))) continue;
    unvetted.push(await unvettedRepository(address, locationOf(address), ports));
  }
  return { roots: requirements, buildRoots: buildRequirements, unvetted };
}

async function unvettedRepository(address: string, where: string, { files }: RootsPorts): Promise<UnvettedSource> {
  const local = localPath(address);
  const allowedBy =
    local === undefined ? allowanceOfRepository(`git+${address}`) : allowanceOf([await files.realPath(local)]);
  return { kind: 'hook-repository', where, value: withoutCredentials(address), allowedBy };
}
