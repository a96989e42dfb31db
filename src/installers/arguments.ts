import path from 'node:path';
import { parseCommandLine } from './command-line.ts';
import type { ToolName } from './installer.ts';
import { emptyRequest, indexArguments, sourceArguments, type ToolRequest, valuesOf } from './tool-request.ts';
import { readUvRequest } from './uv-arguments.ts';

/** Reads a tool's arguments (without its own name). */
export function readToolRequest(tool: ToolName, args: readonly string[], folder: string): ToolRequest {
  switch (tool) {
    case 'pip':
      return { ...emptyRequest, pip: args, installs: args.includes('install') };
    case 'uv':
      return readUvRequest(args, folder);
    case 'uvx':
      return readUvRequest(['tool', 'run', ...args], folder);
    case 'pip-compile':
    case 'pip-sync':
      return { ...readPipToolsRequest(args, folder), installs: tool === 'pip-sync' };
    case 'pipx':
      return readPipxRequest(args);
    case 'pipenv':
      return readPipenvRequest(args, folder);
    case 'poetry':
      return readPoetryRequest(args, folder);
    default:
      return emptyRequest;
  }
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
function readPipToolsRequest(args: readonly string[], folder: string): Omit<ToolRequest, 'installs'> {
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
function readPipxRequest([verb, ...args]: readonly string[]): ToolRequest {
  if (verb !== 'install' && verb !== 'run' && verb !== 'inject') return emptyRequest;
  const words = parseCommandLine(args, { ...pipxRules, maxWords: verb === 'run' ? 1 : undefined });
  const [first, ...rest] = words.words;
  const spec = valuesOf(words, '--spec');
  const named = { install: words.words, inject: rest, run: spec.length > 0 || first === undefined ? spec : [first] };
  return {
    ...emptyRequest,
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
function readPipenvRequest(args: readonly string[], folder: string): ToolRequest {
  const words = parseCommandLine(args, { ...pipenvRules, maxWords: args[0] === 'run' ? 1 : undefined });
  const [verb, ...named] = words.words;
  if (!['install', 'sync', 'lock', 'update', 'upgrade', 'run', 'uninstall', 'shell'].includes(verb ?? ''))
    return emptyRequest;
  const adds = verb === 'install' || verb === 'update' || verb === 'upgrade';
  return {
    ...emptyRequest,
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
function readPoetryRequest(args: readonly string[], folder: string): ToolRequest {
  const words = parseCommandLine(args, { ...poetryRules, maxWords: args[0] === 'run' ? 1 : undefined });
  const [verb, ...named] = words.words;
  if (!['add', 'install', 'sync', 'update', 'lock', 'remove', 'run'].includes(verb ?? '')) return emptyRequest;
  const at = valuesOf(words, '--project', '--directory')[0];
  return {
    ...emptyRequest,
    pip: verb === 'add' ? named.map((word) => word.replace(/^([\w.-]+(?:\[[^\]]*\])?)@[^/]*$/, '$1')) : [],
    project: at === undefined ? folder : path.resolve(folder, at),
    keepsLock: verb !== 'update' && !(verb === 'lock' && words.options.some(({ name }) => name === '--regenerate')),
  };
}
