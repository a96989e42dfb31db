import type { TargetPython } from '../index/types.ts';
import type { UploadCutoff } from '../index/upload-cutoff.ts';
import { isTrue, type PipConfiguration, readPipConfiguration, withConfiguration } from './configuration.ts';
import { exclude, type FormatControl, formatControl, type PipCommand, type PipOption } from './grammar.ts';
import { parseUploadedPriorTo } from './uploaded-prior-to.ts';

/** The options that decide which releases pip may choose, from configuration, variables, command line and files. */
export type RootOptions = {
  readonly pre: boolean;
  readonly formatControl: FormatControl;
  readonly noDeps: boolean;
  readonly upgrade: boolean;
  readonly uploadedBefore?: UploadCutoff | undefined;
};

type ConfiguredOptions = Pick<PipConfiguration, 'options'>;
type OptionValue = Pick<PipOption, 'name' | 'value'>;

/** Combines options in pip's order: configuration, command line, then requirements files, which take precedence. */
export function rootOptions(
  command: PipCommand,
  configured: ConfiguredOptions,
  fileOptions: readonly OptionValue[],
): RootOptions {
  const { pre, noDeps, upgrade } = withConfiguration(command, configured);
  const allOptions = [...configured.options, ...command.options, ...fileOptions];
  return {
    pre: pre || fileOptions.some(({ name }) => name === '--pre') || preReleases(allOptions).has(':all:'),
    formatControl: formatControl(allOptions),
    noDeps,
    // Without an index, there are no newer releases to look for.
    upgrade: upgrade && !excludesIndex([...command.options, ...fileOptions]),
  };
}

/** Checks whether pip installs from `--find-links` only. awspip overrides the variable and configuration files. */
export function excludesIndex(options: readonly Pick<OptionValue, 'name'>[]): boolean {
  return options.some(({ name }) => name === '--no-index');
}

/** Checks whether pip keeps files. Any value of `PIP_NO_CACHE_DIR` and of the configuration turns that off, also `0`. */
export function keepsFiles(command: PipCommand, configured: ConfiguredOptions): boolean {
  return ![...configured.options, ...command.options].some(({ name }) => name === '--no-cache-dir');
}

/**
 * Returns constraints that allow pre-releases of single projects and exclude nothing. A specifier that names a
 * pre-release allows them (PEP 440).
 */
export function preReleaseConstraints(options: readonly OptionValue[]): string[] {
  const projects = [...preReleases(options)].filter((name) => name !== ':all:');
  return projects.map((name) => `${name}>=0.dev0`);
}

/** Returns the projects whose pre-releases count (`--all-releases`, pip 26), in normal form, or `:all:`. */
function preReleases(options: readonly OptionValue[]): ReadonlySet<string> {
  const names = { '--all-releases': new Set<string>(), '--only-final': new Set<string>() };
  for (const { name, value = '' } of options) {
    if (name === '--all-releases') exclude(value, names['--all-releases'], names['--only-final']);
    if (name === '--only-final') exclude(value, names['--only-final'], names['--all-releases']);
  }
  return names['--all-releases'];
}

/**
 * Returns the time before which files must have been uploaded (`--uploaded-prior-to`), if the command names one. pip
 * rejects other values.
 *
 * @param now epoch milliseconds
 */
export function uploadCutoff(
  command: PipCommand,
  configured: ConfiguredOptions,
  now: number,
): UploadCutoff | undefined {
  const options: readonly OptionValue[] = [...configured.options, ...command.options];
  const value = options.findLast(({ name }) => name === '--uploaded-prior-to')?.value;
  const all = value === undefined ? undefined : parseUploadedPriorTo(value, now);
  return all === undefined ? undefined : { all };
}

/** Returns the Python that files are fetched for, if it is not the one that runs pip. */
export function targetPython(command: PipCommand, configured: ConfiguredOptions): TargetPython | undefined {
  const values = (name: string) => inputs(command, configured, name).map(({ value }) => value);
  const lastValue = (name: string) => values(name).at(-1);
  const valuesOrUndefined = (name: string) => (values(name).length > 0 ? values(name) : undefined);
  const { options } = withConfiguration(command, configured);
  const ignoresRequiresPython = options.some(
    ({ name, value }) => name === '--ignore-requires-python' && isTrue(value ?? '1'),
  );
  const target = {
    version: pythonVersionOf(lastValue('--python-version')),
    platforms: valuesOrUndefined('--platform'),
    implementation: lastValue('--implementation'),
    abis: valuesOrUndefined('--abi'),
    any: ignoresRequiresPython || undefined,
  };
  return Object.values(target).some((value) => value !== undefined) ? target : undefined;
}

/** Parses `3`, `37` for 3.7, `3.7` or `3.7.1`. pip rejects anything else. */
function pythonVersionOf(typed: string | undefined): string | undefined {
  const dotted = typed?.replace(/^(\d)(\d+)$/, '$1.$2');
  return dotted !== undefined && /^\d+(?:\.\d+){0,2}$/.test(dotted) ? dotted : undefined;
}

/** One value of an option for inputs, and its origin: `argument`, a variable, or `pip.conf:3`. */
export type Input = { readonly value: string; readonly where: string };

/** Returns all values of a repeatable option as pip sees them: configured ones, then typed ones. */
export function inputs(command: PipCommand, { options }: ConfiguredOptions, name: string): Input[] {
  const lastOption = options.findLast((option) => option.name === name);
  const configured = (lastOption?.value ?? '').split(/\s+/).filter((text) => text !== '');
  const typed = command.options.flatMap((option) => (option.name === name && option.value ? option.value : []));
  return [
    ...configured.map((value) => ({ value, where: lastOption?.from ?? '' })),
    ...typed.map((value) => ({ value, where: 'argument' })),
  ];
}

/** Returns the options from `PIP_*` variables, for callers that read no configuration files. */
export function configuredByVariables(
  { verb, isolated }: Pick<PipCommand, 'verb' | 'isolated'>,
  variables: Readonly<Record<string, string | undefined>>,
): ConfiguredOptions {
  return readPipConfiguration({
    environment: variables,
    home: '/',
    platform: 'linux',
    readFile: () => undefined,
    verb,
    isolated,
  });
}
