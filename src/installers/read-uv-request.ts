import path from 'node:path';
import type { InstallerRequest } from './installer-request.ts';
import { excludeNewerOptions, indexArguments, sourceArguments, valuesOf } from './installer-request.ts';
import { type ParsedCommandLine, parseCommandLine } from './parse-command-line.ts';

/** The options of uv's installing commands that take a value (from the help of uv 0.13). */
const valueOptions = new Set(
  `--allow-insecure-host --annotation-style --bounds --branch --cache-dir --cert --color --config-file
  --config-setting --config-settings --config-settings-package --constraint --constraints --custom-compile-command
  --default-index --depth --directory --editable --env-file --exclude-newer --exclude-newer-package --excludes --extra
  --extra-index-url --find-links --fork-strategy --format --from --group --index --index-strategy --index-url
  --keyring-provider --link-mode --marker --no-binary-package --no-build-isolation-package --no-build-package
  --no-editable-package --no-emit-package --no-extra --no-group --no-install-package --no-sources-package --only-binary
  --only-group --optional --out-dir --output-file --output-format --overrides --override --package --prefix --prerelease
  --prerelease-package --project --prune --python --python-platform --python-version --refresh-package
  --reinstall-package --requirement --requirements --resolution --rev --script --tag --target --torch-backend
  --upgrade-group --upgrade-package --with --with-editable --with-executables-from --with-requirements
  --build-constraint --build-constraints`.split(/\s+/),
);
/** The options of `uv pip` that take a value. `--no-binary` is a flag of the other commands. */
const pipValueOptions = new Set([...valueOptions, '--no-binary']);
const longNames = {
  '-b': '--build-constraints',
  '-c': '--constraints',
  '-C': '--config-setting',
  '-d': '--depth',
  '-e': '--editable',
  '-f': '--find-links',
  '-i': '--index-url',
  '-m': '--marker',
  '-o': '--output-file',
  '-p': '--python',
  '-P': '--upgrade-package',
  '-r': '--requirements',
  '-t': '--target',
  '-U': '--upgrade',
  '-w': '--with',
  '--constraint': '--constraints',
  '--requirement': '--requirements',
};
const projectVerbs = new Set(['sync', 'lock', 'run', 'add', 'remove', 'export', 'tree', 'version', 'build']);

/** Reads the arguments of uv (https://docs.astral.sh/uv/reference/cli/). */
export function readUvRequest(args: readonly string[], folder: string): InstallerRequest {
  const [verb, second] = parseCommandLine(args, { valueOptions, longNames }).positionals;
  if (verb === 'pip' && second !== undefined) return readUvPipRequest(second, args, folder);
  if (verb === 'tool' && second !== undefined) return readUvToolRequest(second, args);
  return readUvProjectRequest(verb ?? '', args, folder);
}

function readUvPipRequest(verb: string, args: readonly string[], folder: string): InstallerRequest {
  const parsed = parseCommandLine(args, { valueOptions: pipValueOptions, longNames });
  const requirements = parsed.positionals.slice(2);
  const hasRequirements = verb === 'install' || verb === 'compile' || verb === 'sync';
  const files = [...valuesOf(parsed, '--requirements'), ...(verb === 'install' ? [] : requirements)];
  return {
    pip: hasRequirements
      ? [
          ...indexArguments(parsed),
          ...choiceArguments(parsed),
          ...valuesOf(parsed, '--constraints').flatMap((file) => ['-c', file]),
          // These files add no requirements, but awspip checks them for unvetted sources like other constraints.
          ...valuesOf(parsed, '--overrides', '--override', '--build-constraints').flatMap((file) => [
            '--build-constraint',
            file,
          ]),
          ...valuesOf(parsed, '--editable').flatMap((target) => ['-e', target]),
          ...valuesOf(parsed, '--group').flatMap((group) => ['--group', group]),
          ...sourceArguments(files, valuesOf(parsed, '--extra')),
          ...valuesOf(parsed, '--target').flatMap((directory) => ['--target', directory]),
          ...valuesOf(parsed, '--prefix').flatMap((directory) => ['--prefix', directory]),
          ...(verb === 'install' ? requirements : []),
        ]
      : [],
    keepsLock: true,
    python: valuesOf(parsed, '--python')[0],
    excludeNewer: excludeNewerOptions(parsed),
    outputs: valuesOf(parsed, '--output-file').map((file) => path.resolve(folder, file)),
    installs: verb === 'install' || verb === 'sync',
  };
}

/** Returns pip's arguments for options that restrict the choice of releases. */
function choiceArguments({ options }: ParsedCommandLine): string[] {
  return options.flatMap(({ name, value = '' }) => {
    if (name === '--upgrade' || name === '--upgrade-package') return ['--upgrade'];
    if (name === '--pre' || (name === '--prerelease' && value === 'allow')) return ['--pre'];
    if (name === '--no-deps') return ['--no-deps'];
    if (name === '--no-build') return ['--only-binary', ':all:'];
    return name === '--only-binary' || name === '--no-binary' ? [name, value] : [];
  });
}

function readUvToolRequest(verb: string, args: readonly string[]): InstallerRequest {
  const parsed = parseCommandLine(args, { valueOptions, longNames, maxPositionals: verb === 'run' ? 3 : undefined });
  const [, , first] = parsed.positionals;
  const from = valuesOf(parsed, '--from')[0] ?? first;
  const hasRequirements = verb === 'run' || verb === 'install';
  return {
    pip: hasRequirements
      ? [
          ...indexArguments(parsed),
          ...choiceArguments(parsed),
          ...(from === undefined ? [] : [atVersion(from)]),
          ...valuesOf(parsed, '--with').flatMap((list) => list.split(/,(?![^[]*\])(?=[A-Za-z])/)),
          ...valuesOf(parsed, '--with-requirements').flatMap((file) => ['-r', file]),
        ]
      : [],
    keepsLock: true,
    python: valuesOf(parsed, '--python')[0],
    excludeNewer: excludeNewerOptions(parsed),
    outputs: [],
    installs: false,
  };
}

/** Converts uv's notation `ruff@0.3.0` or `ruff@latest` to a PEP 508 requirement. */
function atVersion(text: string): string {
  const [, name, version] = /^([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)@([\w.+!]+)$/.exec(text) ?? [];
  if (name === undefined || version === undefined) return text;
  return version === 'latest' ? name : `${name}==${version}`;
}

function readUvProjectRequest(verb: string, args: readonly string[], folder: string): InstallerRequest {
  const parsed = parseCommandLine(args, { valueOptions, longNames, maxPositionals: verb === 'run' ? 2 : undefined });
  const directory = valuesOf(parsed, '--project', '--directory')[0];
  const script = scriptOf(verb, parsed);
  const has = (option: string) => parsed.options.some(({ name }) => name === option);
  return {
    pip: projectVerbs.has(verb)
      ? [
          ...indexArguments(parsed),
          ...choiceArguments(parsed),
          ...valuesOf(parsed, '--with').flatMap((list) => list.split(/,(?![^[]*\])(?=[A-Za-z])/)),
          ...valuesOf(parsed, '--with-requirements', '--requirements').flatMap((file) => ['-r', file]),
          ...(script === undefined ? [] : ['--requirements-from-script', script]),
          ...(verb === 'add' ? parsed.positionals.slice(1) : []),
        ]
      : [],
    project: projectVerbs.has(verb) && !has('--no-project') ? path.resolve(folder, directory ?? '.') : undefined,
    script: script && path.resolve(folder, valuesOf(parsed, '--directory')[0] ?? '.', script),
    keepsLock: !has('--upgrade') && !has('--upgrade-package') && !has('--upgrade-group'),
    python: valuesOf(parsed, '--python')[0],
    excludeNewer: excludeNewerOptions(parsed),
    outputs: [],
    installs: verb === 'sync' || verb === 'add',
  };
}

/** Returns the script that may have inline metadata (PEP 723): that of `run`, or the value of `--script`. */
function scriptOf(verb: string, parsed: ParsedCommandLine): string | undefined {
  if (!projectVerbs.has(verb)) return undefined;
  const [, first = ''] = parsed.positionals;
  const isScript = /\.pyw?$/i.test(first) || parsed.options.some(({ name }) => name === '-s');
  const script = valuesOf(parsed, '--script')[0] ?? (verb === 'run' && isScript ? first : undefined);
  return script === '' ? undefined : script;
}
