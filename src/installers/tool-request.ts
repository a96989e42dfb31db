import path from 'node:path';
import type { ParsedCommandLine } from './command-line.ts';

/** What a tool's command line asks for, as far as it can be read off. */
export type ToolRequest = {
  /** The same as arguments of `pip install`: read, and refused, as pip's own would be. */
  readonly pip: readonly string[];
  /** Folder from which the project file is looked for upwards; absent where the tool reads none. */
  readonly project?: string | undefined;
  /** Script that may state itself what it needs: then the project around it is not read. */
  readonly script?: string | undefined;
  /** False: what the lock file pins is not to be kept. */
  readonly keepsLock: boolean;
  /** Interpreter that was named. */
  readonly python?: string | undefined;
  /** Files that the tool writes and that were named. */
  readonly outputs: readonly string[];
  /** Whether it ends with packages in place in an environment that can be listed. */
  readonly installs: boolean;
};

export const emptyRequest: ToolRequest = { pip: [], keepsLock: true, outputs: [], installs: false };

/** Values of one option, in order. */
export function valuesOf({ options }: ParsedCommandLine, ...names: readonly string[]): string[] {
  return options.flatMap(({ name, value }) => (names.includes(name) && value !== undefined ? [value] : []));
}

/** Requirement sources: a file of requirements, or a project's own file, which stands for the project. */
export function sourceArguments(sources: readonly string[], extras: readonly string[] = []): string[] {
  return sources.flatMap((source) => {
    if (!/^(?:pyproject\.toml|setup\.(?:py|cfg))$/.test(path.basename(source))) return ['-r', source];
    const folder = path.dirname(source);
    const local = folder.startsWith('.') || path.isAbsolute(folder) ? folder : `./${folder}`;
    return [extras.length > 0 ? `${local}[${extras.join(',')}]` : local];
  });
}

/** What leads elsewhere, in pip's words: it is refused before the tool starts. */
export function indexArguments(words: ParsedCommandLine): string[] {
  return words.options.flatMap(({ name, value }) => {
    if (['--find-links', '--index-url', '--extra-index-url'].includes(name)) return [name, value ?? ''];
    if (name === '--default-index') return ['--index-url', value ?? ''];
    if (name === '--index') return ['--extra-index-url', value ?? ''];
    return name === '--no-index' ? ['--no-index'] : [];
  });
}
