import path from 'node:path';
import { type ParsedCommandLine, parseCommandLine } from './command-line.ts';
import type { ToolRequest } from './tool-request.ts';
import { indexArguments, sourceArguments, valuesOf } from './tool-request.ts';

/** Options of uv's installing commands that take a value (from the help of 0.13). */
const valued = new Set(
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
/** Of `uv pip` alone; of the others they are flags. */
const valuedByPip = new Set([...valued, '--no-binary']);
const long = {
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

/** What `uv …` asks for (https://docs.astral.sh/uv/reference/cli/). */
export function readUvRequest(args: readonly string[], folder: string): ToolRequest {
  const [verb, second] = parseCommandLine(args, { valued, long }).words;
  if (verb === 'pip' && second !== undefined) return readUvPipRequest(second, args, folder);
  if (verb === 'tool' && second !== undefined) return readUvToolRequest(second, args);
  return readUvProjectRequest(verb ?? '', args, folder);
}

function readUvPipRequest(verb: string, args: readonly string[], folder: string): ToolRequest {
  const words = parseCommandLine(args, { valued: valuedByPip, long });
  const named = words.words.slice(2);
  const asks = verb === 'install' || verb === 'compile' || verb === 'sync';
  const files = [...valuesOf(words, '--requirements'), ...(verb === 'install' ? [] : named)];
  return {
    pip: asks
      ? [
          ...indexArguments(words),
          ...choiceArguments(words),
          ...valuesOf(words, '--constraints').flatMap((file) => ['-c', file]),
          // Asked for by nothing else, and held against the same bounds.
          ...valuesOf(words, '--overrides', '--override', '--build-constraints').flatMap((file) => [
            '--build-constraint',
            file,
          ]),
          ...valuesOf(words, '--editable').flatMap((target) => ['-e', target]),
          ...valuesOf(words, '--group').flatMap((group) => ['--group', group]),
          ...sourceArguments(files, valuesOf(words, '--extra')),
          ...valuesOf(words, '--target').flatMap((directory) => ['--target', directory]),
          ...valuesOf(words, '--prefix').flatMap((directory) => ['--prefix', directory]),
          ...(verb === 'install' ? named : []),
        ]
      : [],
    keepsLock: true,
    python: valuesOf(words, '--python')[0],
    outputs: valuesOf(words, '--output-file').map((file) => path.resolve(folder, file)),
    installs: verb === 'install' || verb === 'sync',
  };
}

/** What decides which releases may be taken. */
function choiceArguments({ options }: ParsedCommandLine): string[] {
  return options.flatMap(({ name, value = '' }) => {
    if (name === '--upgrade' || name === '--upgrade-package') return ['--upgrade'];
    if (name === '--pre' || (name === '--prerelease' && value === 'allow')) return ['--pre'];
    if (name === '--no-deps') return ['--no-deps'];
    if (name === '--no-build') return ['--only-binary', ':all:'];
    return name === '--only-binary' || name === '--no-binary' ? [name, value] : [];
  });
}

function readUvToolRequest(verb: string, args: readonly string[]): ToolRequest {
  const words = parseCommandLine(args, { valued, long, maxWords: verb === 'run' ? 3 : undefined });
  const [, , first] = words.words;
  const from = valuesOf(words, '--from')[0] ?? first;
  const asks = verb === 'run' || verb === 'install';
  return {
    pip: asks
      ? [
          ...indexArguments(words),
          ...choiceArguments(words),
          ...(from === undefined ? [] : [atVersion(from)]),
          ...valuesOf(words, '--with').flatMap((list) => list.split(/,(?![^[]*\])(?=[A-Za-z])/)),
          ...valuesOf(words, '--with-requirements').flatMap((file) => ['-r', file]),
        ]
      : [],
    keepsLock: true,
    python: valuesOf(words, '--python')[0],
    outputs: [],
    installs: false,
  };
}

/** `ruff@0.3.0` and `ruff@latest`, as uv writes them. */
function atVersion(text: string): string {
  const [, name, version] = /^([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)@([\w.+!]+)$/.exec(text) ?? [];
  if (name === undefined || version === undefined) return text;
  return version === 'latest' ? name : `${name}==${version}`;
}

function readUvProjectRequest(verb: string, args: readonly string[], folder: string): ToolRequest {
  const words = parseCommandLine(args, { valued, long, maxWords: verb === 'run' ? 2 : undefined });
  const at = valuesOf(words, '--project', '--directory')[0];
  const script = scriptOf(verb, words);
  const has = (option: string) => words.options.some(({ name }) => name === option);
  return {
    pip: projectVerbs.has(verb)
      ? [
          ...indexArguments(words),
          ...choiceArguments(words),
          ...valuesOf(words, '--with').flatMap((list) => list.split(/,(?![^[]*\])(?=[A-Za-z])/)),
          ...valuesOf(words, '--with-requirements', '--requirements').flatMap((file) => ['-r', file]),
          ...(script === undefined ? [] : ['--requirements-from-script', script]),
          ...(verb === 'add' ? words.words.slice(1) : []),
        ]
      : [],
    project: projectVerbs.has(verb) && !has('--no-project') ? path.resolve(folder, at ?? '.') : undefined,
    script: script && path.resolve(folder, valuesOf(words, '--directory')[0] ?? '.', script),
    keepsLock: !has('--upgrade') && !has('--upgrade-package') && !has('--upgrade-group'),
    python: valuesOf(words, '--python')[0],
    outputs: [],
    installs: verb === 'sync' || verb === 'add',
  };
}

/** A script that says itself what it needs (PEP 723): what `run` runs, what other verbs are given with `--script`. */
function scriptOf(verb: string, words: ParsedCommandLine): string | undefined {
  if (!projectVerbs.has(verb)) return undefined;
  const [, first = ''] = words.words;
  const isScript = /\.pyw?$/i.test(first) || words.options.some(({ name }) => name === '-s');
  const script = valuesOf(words, '--script')[0] ?? (verb === 'run' && isScript ? first : undefined);
  return script === '' ? undefined : script;
}
