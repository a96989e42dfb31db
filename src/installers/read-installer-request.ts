import path from 'node:path';
import type { InstallerName } from './installer.ts';
import { emptyRequest, type InstallerRequest, indexArguments, sourceArguments, valuesOf } from './installer-request.ts';
import { parseCommandLine } from './parse-command-line.ts';
import { readBuildRequest, readHatchRequest } from './read-build-request.ts';
import { readPdmRequest } from './read-pdm-request.ts';
import { readUvRequest } from './read-uv-request.ts';

/** Reads the arguments of an installer, without its own name. Relative paths are resolved against `folder`. */
export function readInstallerRequest(
  installer: InstallerName,
  args: readonly string[],
  folder: string,
): InstallerRequest {
  switch (installer) {
    case 'pip':
      return { ...emptyRequest, pip: args, installs: args.includes('install') };
    case 'uv':
      return readUvRequest(args, folder);
    case 'uvx':
      return readUvRequest(['tool', 'run', ...args], folder);
    case 'pip-compile':
    case 'pip-sync':
      return { ...readPipToolsRequest(args, folder), installs: installer === 'pip-sync' };
    case 'pipx':
      return readPipxRequest(args);
    case 'pipenv':
      return readPipenvRequest(args, folder);
    case 'poetry':
      return readPoetryRequest(args, folder);
    case 'pdm':
      return readPdmRequest(args, folder);
    case 'hatch':
      return readHatchRequest(args, folder);
    case 'pyproject-build':
      return readBuildRequest(args, folder);
    default:
      return emptyRequest;
  }
}

const pipToolsRules = {
  valueOptions: new Set(
    `--extra --find-links --index-url --extra-index-url --cert --client-cert --trusted-host --uploaded-prior-to
    --annotation-style --upgrade-package --output-file --newline --max-rounds --cache-dir --pip-args --resolver
    --unsafe-package --config --constraint --build-deps-for --python-executable --color --no-binary
    --only-binary`.split(/\s+/),
  ),
  longNames: {
    '-f': '--find-links',
    '-i': '--index-url',
    '-P': '--upgrade-package',
    '-o': '--output-file',
    '-c': '--constraint',
    '-U': '--upgrade',
    '-p': '--pre',
  },
};

/** Reads the arguments of pip-compile and pip-sync (https://pip-tools.readthedocs.io/en/stable/cli/). */
function readPipToolsRequest(args: readonly string[], folder: string): Omit<InstallerRequest, 'installs'> {
  const parsed = parseCommandLine(args, pipToolsRules);
  const has = (option: string) => parsed.options.some(({ name }) => name === option);
  const sources = parsed.positionals.filter((argument) => argument !== '-');
  const outputs = valuesOf(parsed, '--output-file');
  return {
    pip: [
      ...indexArguments(parsed),
      ...valuesOf(parsed, '--uploaded-prior-to').flatMap((time) => ['--uploaded-prior-to', time]),
      ...(has('--pre') ? ['--pre'] : []),
      ...(has('--upgrade') ? ['--upgrade'] : []),
      ...valuesOf(parsed, '--constraint').flatMap((file) => ['-c', file]),
      ...sourceArguments(sources, valuesOf(parsed, '--extra')),
    ],
    keepsLock: true,
    python: valuesOf(parsed, '--python-executable')[0],
    outputs: [...outputs, ...sources.map((source) => source.replace(/\.in$/, '.txt'))].map((file) =>
      path.resolve(folder, file),
    ),
  };
}

const pipxRules = {
  valueOptions: new Set(
    `--suffix --python --preinstall --index-url --pip-args --cooldown --app --lock --with --spec --python-args
    --include-resources-from --backend --requirement`.split(/\s+/),
  ),
  longNames: { '-i': '--index-url', '-r': '--requirement' },
};

/** Reads the arguments of pipx (https://pipx.pypa.io/stable/docs/). */
function readPipxRequest([verb, ...args]: readonly string[]): InstallerRequest {
  if (verb !== 'install' && verb !== 'run' && verb !== 'inject') return emptyRequest;
  const parsed = parseCommandLine(args, { ...pipxRules, maxPositionals: verb === 'run' ? 1 : undefined });
  const [first, ...rest] = parsed.positionals;
  const spec = valuesOf(parsed, '--spec');
  const requirements = {
    install: parsed.positionals,
    inject: rest,
    run: spec.length > 0 || first === undefined ? spec : [first],
  };
  return {
    ...emptyRequest,
    pip: [...indexArguments(parsed), ...requirements[verb], ...valuesOf(parsed, '--preinstall', '--with')],
    python: valuesOf(parsed, '--python')[0],
  };
}

const pipenvRules = {
  valueOptions: new Set(
    `--python --pypi-mirror --index --extra-pip-args --resolver --categories --extras --config-settings --requirements
    --editable`.split(/\s+/),
  ),
  longNames: { '-i': '--index', '-r': '--requirements', '-e': '--editable' },
};

/** Reads the arguments of pipenv (https://pipenv.pypa.io/en/latest/cli.html). */
function readPipenvRequest(args: readonly string[], folder: string): InstallerRequest {
  const parsed = parseCommandLine(args, { ...pipenvRules, maxPositionals: args[0] === 'run' ? 1 : undefined });
  const [verb, ...requirements] = parsed.positionals;
  if (!['install', 'sync', 'lock', 'update', 'upgrade', 'run', 'uninstall', 'shell'].includes(verb ?? ''))
    return emptyRequest;
  const adds = verb === 'install' || verb === 'update' || verb === 'upgrade';
  return {
    ...emptyRequest,
    pip: [
      ...indexArguments(parsed),
      ...valuesOf(parsed, '--requirements').flatMap((file) => ['-r', file]),
      ...valuesOf(parsed, '--editable').flatMap((target) => ['-e', target]),
      ...(adds ? requirements : []),
    ],
    project: folder,
    keepsLock: verb !== 'lock' && verb !== 'update' && verb !== 'upgrade',
  };
}

const poetryRules = {
  valueOptions: new Set(
    '--group --extras --python --platform --source --directory --project --with --without --only -G -E -C -P'.split(
      ' ',
    ),
  ),
  longNames: { '-C': '--directory', '-P': '--project' },
};

/** Reads the arguments of poetry (https://python-poetry.org/docs/cli/). */
function readPoetryRequest(args: readonly string[], folder: string): InstallerRequest {
  const parsed = parseCommandLine(args, { ...poetryRules, maxPositionals: args[0] === 'run' ? 1 : undefined });
  const [verb, ...requirements] = parsed.positionals;
  if (!['add', 'install', 'sync', 'update', 'lock', 'remove', 'run'].includes(verb ?? '')) return emptyRequest;
  const directory = valuesOf(parsed, '--project', '--directory')[0];
  return {
    ...emptyRequest,
    pip: verb === 'add' ? requirements.map((text) => text.replace(/^([\w.-]+(?:\[[^\]]*\])?)@[^/]*$/, '$1')) : [],
    project: directory === undefined ? folder : path.resolve(folder, directory),
    keepsLock: verb !== 'update' && !(verb === 'lock' && parsed.options.some(({ name }) => name === '--regenerate')),
  };
}
