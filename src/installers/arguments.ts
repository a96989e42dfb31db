import path from 'node:path';
import { type ParsedCommandLine, parseCommandLine } from './command-line.ts';
import type { ToolName } from './installer.ts';
import { uvAsk } from './uv-arguments.ts';

/** What a tool's command line asks for, as far as it can be read off. */
export type ToolAsk = {
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

const nothing: ToolAsk = { pip: [], keepsLock: true, outputs: [], installs: false };

/** Reads a tool's arguments (without its own name). */
export function readToolAsk(tool: ToolName, args: readonly string[], folder: string): ToolAsk {
  switch (tool) {
    case 'pip':
      return { ...nothing, pip: args, installs: args.includes('install') };
    case 'uv':
      return uvAsk(args, folder);
    case 'uvx':
      return uvAsk(['tool', 'run', ...args], folder);
    case 'pip-compile':
    case 'pip-sync':
      return { ...pipToolsAsk(args, folder), installs: tool === 'pip-sync' };
    case 'pipx':
      return pipxAsk(args);
    case 'pipenv':
      return pipenvAsk(args, folder);
    case 'poetry':
      return poetryAsk(args, folder);
    default:
      return nothing;
  }
}

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

const pipToolsRules = {
  valued: new Set(
    `--extra --find-links --index-url --extra-index-url --cert --client-cert --trusted-host --uploaded-prior-to
    --annotation-style --upgrade-package --output-file --newline --max-rounds --cache-dir --pip-args --resolver
    --unsafe-package --config --constraint --build-deps-for --python-executable --color --no-binary
    --only-binary`.split(/\s+/),
  ),
  long: {
    '-f': '--find-links',
    '-i': '--index-url',
    '-P': '--upgrade-package',
    '-o': '--output-file',
    '-c': '--constraint',
    '-U': '--upgrade',
    '-p': '--pre',
  },
};

/** pip-compile and pip-sync (https://pip-tools.readthedocs.io/en/stable/cli/). */
function pipToolsAsk(args: readonly string[], folder: string): Omit<ToolAsk, 'installs'> {
  const words = parseCommandLine(args, pipToolsRules);
  const has = (option: string) => words.options.some(({ name }) => name === option);
  const sources = words.words.filter((word) => word !== '-');
  const output = valuesOf(words, '--output-file');
  return {
    pip: [
      ...indexArguments(words),
      ...(has('--pre') ? ['--pre'] : []),
      ...(has('--upgrade') ? ['--upgrade'] : []),
      ...valuesOf(words, '--constraint').flatMap((file) => ['-c', file]),
      ...sourceArguments(sources, valuesOf(words, '--extra')),
    ],
    keepsLock: true,
    python: valuesOf(words, '--python-executable')[0],
    outputs: [...output, ...sources.map((source) => source.replace(/\.in$/, '.txt'))].map((file) =>
      path.resolve(folder, file),
    ),
  };
}

const pipxRules = {
  valued: new Set(
    `--suffix --python --preinstall --index-url --pip-args --cooldown --app --lock --with --spec --python-args
    --include-resources-from --backend --requirement`.split(/\s+/),
  ),
  long: { '-i': '--index-url', '-r': '--requirement' },
};

/** pipx (https://pipx.pypa.io/stable/docs/). */
function pipxAsk([verb, ...args]: readonly string[]): ToolAsk {
  if (verb !== 'install' && verb !== 'run' && verb !== 'inject') return nothing;
  const words = parseCommandLine(args, { ...pipxRules, maxWords: verb === 'run' ? 1 : undefined });
  const [first, ...rest] = words.words;
  const spec = valuesOf(words, '--spec');
  const named = { install: words.words, inject: rest, run: spec.length > 0 || first === undefined ? spec : [first] };
  return {
    ...nothing,
    pip: [...indexArguments(words), ...named[verb], ...valuesOf(words, '--preinstall', '--with')],
    python: valuesOf(words, '--python')[0],
  };
}

const pipenvRules = {
  valued: new Set(
    `--python --pypi-mirror --index --extra-pip-args --resolver --categories --extras --config-settings --requirements
    --editable`.split(/\s+/),
  ),
  long: { '-i': '--index', '-r': '--requirements', '-e': '--editable' },
};

/** pipenv (https://pipenv.pypa.io/en/latest/cli.html). */
function pipenvAsk(args: readonly string[], folder: string): ToolAsk {
  const words = parseCommandLine(args, { ...pipenvRules, maxWords: args[0] === 'run' ? 1 : undefined });
  const [verb, ...named] = words.words;
  if (!['install', 'sync', 'lock', 'update', 'upgrade', 'run', 'uninstall', 'shell'].includes(verb ?? ''))
    return nothing;
  const adds = verb === 'install' || verb === 'update' || verb === 'upgrade';
  return {
    ...nothing,
    pip: [
      ...indexArguments(words),
      ...valuesOf(words, '--requirements').flatMap((file) => ['-r', file]),
      ...valuesOf(words, '--editable').flatMap((target) => ['-e', target]),
      ...(adds ? named : []),
    ],
    project: folder,
    keepsLock: verb !== 'lock' && verb !== 'update' && verb !== 'upgrade',
  };
}

const poetryRules = {
  valued: new Set(
    '--group --extras --python --platform --source --directory --project --with --without --only -G -E -C -P'.split(
      ' ',
    ),
  ),
  long: { '-C': '--directory', '-P': '--project' },
};

/** poetry (https://python-poetry.org/docs/cli/). */
function poetryAsk(args: readonly string[], folder: string): ToolAsk {
  const words = parseCommandLine(args, { ...poetryRules, maxWords: args[0] === 'run' ? 1 : undefined });
  const [verb, ...named] = words.words;
  if (!['add', 'install', 'sync', 'update', 'lock', 'remove', 'run'].includes(verb ?? '')) return nothing;
  const at = valuesOf(words, '--project', '--directory')[0];
  return {
    ...nothing,
    pip: verb === 'add' ? named.map((word) => word.replace(/^([\w.-]+(?:\[[^\]]*\])?)@[^/]*$/, '$1')) : [],
    project: at === undefined ? folder : path.resolve(folder, at),
    keepsLock: verb !== 'update' && !(verb === 'lock' && words.options.some(({ name }) => name === '--regenerate')),
  };
}
