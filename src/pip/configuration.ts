import { posix, win32 } from 'node:path';
import { normaliseKey, parseConfigurationFile } from './configuration-file.ts';
import { type FormatControl, formatControl, type PipCommand } from './grammar.ts';
import { optionTable } from './options.ts';

/** One option that is set outside the command line. */
export type ConfiguredOption = {
  /** Canonical long name, as in `PipOption`. */
  readonly name: string;
  /** Several values are separated by whitespace. */
  readonly value: string;
  /** Path and line of the file (`/etc/pip.conf:3`), or name of the variable. */
  readonly from: string;
};

/** The settings that pip reads from its configuration files and variables. */
export type PipConfiguration = {
  /** Absent when it is not set, which means PyPI. */
  readonly indexUrl?: string;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly noIndex: boolean;
  /** pip's own proxy setting. It applies to every host and ignores `NO_PROXY`. */
  readonly proxy?: string;
  /** `http_proxy`, `https_proxy` and `all_proxy`. */
  readonly environmentProxies: { readonly http?: string; readonly https?: string };
  readonly noProxy?: string;
  /** Certificate authorities: a PEM file or a folder. */
  readonly cert?: string;
  readonly clientCert?: string;
  readonly trustedHosts: readonly string[];
  readonly timeoutSeconds: number;
  /** Every set option, in the order in which pip applies them. */
  readonly options: readonly ConfiguredOption[];
};

export type ConfigurationSources = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The home folder, absolute. */
  readonly home: string;
  /** `process.platform`. */
  readonly platform: string;
  /** Python's `sys.prefix`: the virtual environment's folder. */
  readonly prefix?: string | undefined;
  /** Returns a file's text. Undefined when it is missing or unreadable, which pip treats alike. */
  readonly readFile: (path: string) => string | undefined;
  /** The verb whose section applies in addition to `[global]`. `install` by default. */
  readonly verb?: string | undefined;
  /** Whether `--isolated` is set, which makes pip ignore variables and the user's files. */
  readonly isolated?: boolean;
};

const defaultTimeoutSeconds = 15;

/**
 * Reads pip's configuration with pip's precedence, without starting pip. Files apply in the order global, user,
 * environment, `PIP_CONFIG_FILE`, and `[global]` before the verb's section. Variables apply last. Empty values count as
 * absent. See https://pip.pypa.io/en/stable/topics/configuration/
 *
 * @throws {AwspipError} `pip-configuration` for a file that pip rejects too.
 */
export function readPipConfiguration(sources: ConfigurationSources): PipConfiguration {
  const { environment } = sources;
  const options = configuredOptions(sources);
  const lastValue = (name: string) => options.findLast((option) => option.name === name)?.value.trim() || undefined;
  const list = (name: string) => (lastValue(name) ?? '').split(/\s+/).filter((item) => item !== '');
  const path = (name: string) => expandHome(lastValue(name), sources.home);
  const variable = (name: string) => environment[name] || undefined;
  const indexUrl = lastValue('--index-url');
  const proxy = lastValue('--proxy');
  const noProxy = proxyVariable(environment, 'no_proxy');
  const cert =
    path('--cert') ?? variable('REQUESTS_CA_BUNDLE') ?? variable('CURL_CA_BUNDLE') ?? variable('SSL_CERT_FILE');
  const clientCert = path('--client-cert');
  const timeout = Number(lastValue('--timeout') ?? Number.NaN);
  return {
    ...(indexUrl !== undefined && { indexUrl }),
    extraIndexUrls: list('--extra-index-url'),
    findLinks: list('--find-links').map((item) => expandHome(item, sources.home) ?? item),
    noIndex: isTrue(lastValue('--no-index')),
    ...(proxy !== undefined && { proxy }),
    environmentProxies: environmentProxies(environment),
    ...(noProxy !== undefined && { noProxy }),
    ...(cert !== undefined && { cert }),
    ...(clientCert !== undefined && { clientCert }),
    trustedHosts: list('--trusted-host'),
    timeoutSeconds: timeout > 0 && Number.isFinite(timeout) ? timeout : defaultTimeoutSeconds,
    options,
  };
}

/** Returns the command with the options from the configuration, as pip sees it. Added options have index -1. */
export function withConfiguration(command: PipCommand, { options }: Pick<PipConfiguration, 'options'>): PipCommand {
  const lastValue = (name: string) => options.findLast((option) => option.name === name)?.value ?? '';
  const configuredList = (name: string) => lastValue(name).split(/\s+/).filter(Boolean);
  const flag = (name: string) => isTrue(lastValue(name).trim());
  const control: FormatControl = formatControl([...options, ...command.options]);
  return {
    ...command,
    options: [...options.map(({ name, value }) => ({ name, value, index: -1 })), ...command.options],
    upgrade: command.upgrade || flag('--upgrade'),
    pre: command.pre || flag('--pre'),
    noDeps: command.noDeps || flag('--no-deps'),
    formatControl: control,
    requirementFiles: [...configuredList('--requirement'), ...command.requirementFiles],
    constraintFiles: [...configuredList('--constraint'), ...command.constraintFiles],
    editables: command.verb === 'list' ? [] : [...configuredList('--editable'), ...command.editables],
  };
}

/** Checks whether a flag is set on the command line or by configuration. `PIP_DRY_RUN=0` does not set it. */
export function isFlagSet(command: Pick<PipCommand, 'options'>, name: string): boolean {
  const lastOption = command.options.findLast((option) => option.name === name);
  return lastOption !== undefined && (lastOption.index >= 0 || isTrue(lastOption.value?.trim()));
}

function configuredOptions(sources: ConfigurationSources): ConfiguredOption[] {
  const { environment, isolated = false, verb = 'install' } = sources;
  const sections: Map<string, ConfiguredOption>[] = [new Map(), new Map(), new Map()];
  for (const path of configurationFiles(sources)) {
    for (const { section, key, value, line } of parseConfigurationFile(sources.readFile(path) ?? '', path)) {
      const from = `${path}:${line}`;
      if (section === 'global') sections[0]?.set(key, { name: key, value, from });
      if (section === verb) sections[1]?.set(key, { name: key, value, from });
    }
  }
  for (const [name, value = ''] of isolated ? [] : Object.entries(environment)) {
    if (!name.startsWith('PIP_')) continue;
    const key = normaliseKey(name.slice('PIP_'.length));
    if (key !== 'version' && key !== 'help') sections[2]?.set(key, { name: key, value, from: name });
  }
  return sections.flatMap((section) => [...section.values()]).flatMap((option) => canonicalOption(option, verb));
}

/** Returns the option under its canonical name. As in pip, options unknown to the verb and empty values are ignored. */
function canonicalOption(option: ConfiguredOption, verb: string): ConfiguredOption[] {
  const row = optionTable(verb).find(({ spellings }) => spellings.includes(`--${option.name}`));
  return row && option.value !== '' ? [{ ...option, name: row.name }] : [];
}

/** Returns the paths of all files that pip looks for, the lowest precedence first. */
export function configurationFiles(sources: ConfigurationSources): string[] {
  const { environment, home, platform, prefix, readFile, isolated = false } = sources;
  const { join } = platform === 'win32' ? win32 : posix;
  const namedFile = environment.PIP_CONFIG_FILE || undefined;
  if (namedFile === (platform === 'win32' ? 'nul' : '/dev/null')) return [];
  const name = platform === 'win32' ? 'pip.ini' : 'pip.conf';
  const legacy = join(home, platform === 'win32' ? 'pip' : '.pip', name);
  const user = userFolders(sources, join).map((folder) => join(folder, 'pip', name));
  const userFile = user.find((path) => readFile(path) !== undefined) ?? user.at(-1);
  const userFiles =
    isolated || (namedFile !== undefined && readFile(namedFile) !== undefined) ? [] : [legacy, userFile];
  const prefixFiles = prefix === undefined ? [] : [join(prefix, name)];
  return [...globalFiles(sources, join, name), ...userFiles, ...prefixFiles, namedFile].filter(
    (path) => path !== undefined,
  );
}

type Join = typeof posix.join;

function globalFiles({ environment, platform }: ConfigurationSources, join: Join, name: string): string[] {
  if (platform === 'win32') return [join(environment.PROGRAMDATA || 'C:\\ProgramData', 'pip', name)];
  if (platform === 'darwin') return [join('/Library/Application Support/pip', name)];
  const folders = (environment.XDG_CONFIG_DIRS || '/etc/xdg').split(':').filter((folder) => folder !== '');
  return [...folders.map((folder) => join(folder, 'pip', name)), join('/etc', name)];
}

/**
 * Returns the user's configuration folders. The first with a file applies: on macOS, pip prefers an existing file in
 * `Application Support`.
 */
function userFolders({ environment, home, platform }: ConfigurationSources, join: Join): string[] {
  if (platform === 'win32') return [environment.APPDATA || join(home, 'AppData', 'Roaming')];
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support'), join(home, '.config')];
  return [environment.XDG_CONFIG_HOME || join(home, '.config')];
}

function environmentProxies(environment: ConfigurationSources['environment']) {
  const all = proxyVariable(environment, 'all_proxy');
  const http = proxyVariable(environment, 'http_proxy') ?? all;
  const https = proxyVariable(environment, 'https_proxy') ?? all;
  return { ...(http !== undefined && { http }), ...(https !== undefined && { https }) };
}

/**
 * Reads a proxy variable as Python's `urllib.request.getproxies_environment` does: lower case wins, even when empty.
 */
function proxyVariable(environment: ConfigurationSources['environment'], name: string): string | undefined {
  return (environment[name] ?? environment[name.toUpperCase()]) || undefined;
}

function expandHome(path: string | undefined, home: string): string | undefined {
  return path === '~' || path?.startsWith('~/') ? home + path.slice(1) : path;
}

/** Parses a boolean as `distutils.util.strtobool` does. Invalid values count as false; pip rejects them. */
export function isTrue(value: string | undefined): boolean {
  return ['y', 'yes', 't', 'true', 'on', '1'].includes(value?.toLowerCase() ?? '');
}
