import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AwspipError } from '../../errors.ts';
import { failureCode, readJson, writeJson } from '../files.ts';
import { isResourceName } from '../names.ts';

/** The folders of the domains: `<folder>/<domain>/{domain.json, settings.json, packages/, uploads/, machines/<state machine>/}`. */
export type DomainFolders = {
  /** Returns the names of the domains on disk, sorted. */
  domains(): Promise<readonly string[]>;
  /** Returns the names of the domain's state machines, that with the latest configuration first. */
  machines(domain: string): Promise<readonly string[]>;
  /** Creates the domain's folder if it does not exist, and returns when it was created, in epoch milliseconds. */
  create(domain: string, now: number): Promise<number>;
  /** The file of what callers of the API set. */
  settings(domain: string): string;
  packages(domain: string): string;
  /** The copies of uploaded releases. */
  uploads(domain: string): string;
  executions(domain: string, machine: string): string;
  readConfiguration(domain: string, machine: string): Promise<unknown>;
  writeConfiguration(domain: string, machine: string, configuration: unknown): Promise<void>;
};

function ifDamaged(error: unknown): undefined {
  if (error instanceof AwspipError && error.code === 'state-damaged') return undefined;
  throw error;
}

/** Returns the names of the folders in a folder. A folder that does not exist has none. */
async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isResourceName(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Returns the folders of the domains in a folder. */
export function domainFolders(folder: string): DomainFolders {
  const machineFolder = (domain: string, machine: string): string => join(folder, domain, 'machines', machine);
  const configurationFile = (domain: string, machine: string): string =>
    join(machineFolder(domain, machine), 'configuration.json');
  return {
    domains: async () => (await foldersIn(folder)).toSorted(),
    machines: async (domain) => {
      const names = await foldersIn(join(folder, domain, 'machines'));
      const times = await Promise.all(
        names.map((name) =>
          stat(configurationFile(domain, name)).then(
            ({ mtimeMs }) => mtimeMs,
            () => 0,
          ),
        ),
      );
      const time = new Map(names.map((name, index) => [name, times[index] ?? 0]));
      return names.toSorted((a, b) => (time.get(b) ?? 0) - (time.get(a) ?? 0));
    },
    create: async (domain, now) => {
      const file = join(folder, domain, 'domain.json');
      await mkdir(join(folder, domain), { recursive: true, mode: 0o700 });
      // The file has nothing that cannot be written again.
      const stored = (await readJson(file).catch(ifDamaged)) as { createdTime?: unknown } | undefined;
      if (typeof stored?.createdTime === 'number') return stored.createdTime;
      await writeJson(file, { createdTime: now });
      return now;
    },
    settings: (domain) => join(folder, domain, 'settings.json'),
    packages: (domain) => join(folder, domain, 'packages'),
    uploads: (domain) => join(folder, domain, 'uploads'),
    executions: (domain, machine) => join(machineFolder(domain, machine), 'executions'),
    // The next registration writes a damaged configuration again.
    readConfiguration: (domain, machine) => readJson(configurationFile(domain, machine)).catch(ifDamaged),
    writeConfiguration: async (domain, machine, configuration) => {
      await mkdir(machineFolder(domain, machine), { recursive: true, mode: 0o700 });
      await writeJson(configurationFile(domain, machine), configuration);
    },
  };
}
