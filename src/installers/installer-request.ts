import path from 'node:path';
import type { CommandLineOption, ParsedCommandLine } from './parse-command-line.ts';

/** What the command line of an installer requests. */
export type InstallerRequest = {
  /** The equivalent arguments of `pip install`, which are read and checked as pip's own. */
  readonly pip: readonly string[];
  /** The folder from which the project file is searched upwards. Absent if the installer reads none. */
  readonly project?: string | undefined;
  /** A project of which the command installs only this, in environments of its own. */
  readonly isolated?: IsolatedRequest | undefined;
  /** A script that may have inline metadata. Then the project of its folder is not read. */
  readonly script?: string | undefined;
  /** Whether the pins of the lock file are kept. */
  readonly keepsLock: boolean;
  /** The interpreter that the command names. */
  readonly python?: string | undefined;
  /** The files that the command names and the installer writes. */
  readonly outputs: readonly string[];
  /** Values of uv's `--exclude-newer` and `--exclude-newer-package`. */
  readonly excludeNewer?: readonly CommandLineOption[] | undefined;
  /** Whether it installs packages into an environment that can be listed. */
  readonly installs: boolean;
};

/** What a command installs of a project that is built, or that has environments of hatch. */
export type IsolatedRequest = {
  /** The project's folder. */
  readonly folder: string;
  /** Names of environments of hatch. */
  readonly environments: readonly string[];
};

export const emptyRequest: InstallerRequest = { pip: [], keepsLock: true, outputs: [], installs: false };

/** Returns the values of these options, in order. */
export function valuesOf({ options }: ParsedCommandLine, ...names: readonly string[]): string[] {
  return options.flatMap(({ name, value }) => (names.includes(name) && value !== undefined ? [value] : []));
}

/** Returns the options of uv that limit upload times. */
export function excludeNewerOptions({ options }: ParsedCommandLine): readonly CommandLineOption[] {
  return options.filter(({ name }) => name === '--exclude-newer' || name === '--exclude-newer-package');
}

/** Returns pip's arguments for requirement sources: a requirements file, or a project file, which means the project. */
export function sourceArguments(sources: readonly string[], extras: readonly string[] = []): string[] {
  return sources.flatMap((source) => {
    if (!/^(?:pyproject\.toml|setup\.(?:py|cfg))$/.test(path.basename(source))) return ['-r', source];
    const folder = path.dirname(source);
    const local = folder.startsWith('.') || path.isAbsolute(folder) ? folder : `./${folder}`;
    return [extras.length > 0 ? `${local}[${extras.join(',')}]` : local];
  });
}

/** Returns pip's arguments for options that name another index. awspip rejects them before the installer starts. */
export function indexArguments(parsed: ParsedCommandLine): string[] {
  return parsed.options.flatMap(({ name, value }) => {
    if (['--find-links', '--index-url', '--extra-index-url'].includes(name)) return [name, value ?? ''];
    if (name === '--default-index') return ['--index-url', value ?? ''];
    if (name === '--index') return ['--extra-index-url', value ?? ''];
    return name === '--no-index' ? ['--no-index'] : [];
  });
}
