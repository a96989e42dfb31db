import { AwspipError } from '../errors.ts';
import { type AllowedSources, noAllowedSources } from './allowed-sources.ts';
import { gitEnvironment } from './git-environment.ts';
import type { PipCommand } from './grammar.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The relay's addresses, which replace pip's indexes. */
export type RelayAddress = {
  readonly indexUrl: string;
  /** Host of `indexUrl`. Plain http is safe, because it never leaves this machine. */
  readonly host: string;
  readonly proxyUrl: string;
};

/** The context in which pip runs. */
export type PipContext = {
  /** Whether the stream of awspip is a terminal. Colour needs both. */
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** `PipCommand.isolated`: ignores the user's variables and configuration file, as pip does. */
  readonly isolated?: boolean;
  /** Names of secret variables that builds may read. */
  readonly keepVariables?: readonly string[];
  readonly allowed?: AllowedSources;
  /**
   * The file for pip's installation report (pip 22.2; older versions ignore it). A typed `--report` takes precedence.
   */
  readonly reportFile?: string | undefined;
};

/** A blank overrides configuration files. pip ignores an empty value. */
const blank = ' ';

/**
 * Returns the environment of a pip that uses an index. Only the relay is reachable. Certificates, caches and timeouts
 * stay as configured. The environment contains no secret of awspip.
 */
export function pipEnvironment(
  base: Environment,
  relay: RelayAddress,
  pipContext: PipContext = {},
): Record<string, string> {
  const variables: Record<string, string> = {
    PIP_INDEX_URL: relay.indexUrl,
    PIP_EXTRA_INDEX_URL: blank,
    PIP_FIND_LINKS: blank,
    PIP_NO_INDEX: '0',
    PIP_TRUSTED_HOST: relay.host,
    PIP_PROXY: relay.proxyUrl,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    ...(pipContext.reportFile !== undefined && { PIP_REPORT: pipContext.reportFile }),
  };
  // `pypi-url` is an alias that takes precedence over `index-url`.
  const replacedOptions = new Set([...Object.keys(variables).map(pipOptionOf), 'pypi-url']);
  const user = pipContext.isolated ? isolatedEnvironment(base) : base;
  const inherited = Object.entries(plainEnvironment(user, pipContext.keepVariables)).filter(
    ([name]) => !replacedOptions.has(pipOptionOf(name)),
  );
  // The relay retries itself, and a rejected request stays rejected. pip's default of five retries would take eight
  // seconds.
  const retries = inherited.some(([name]) => pipOptionOf(name) === 'retries') ? {} : { PIP_RETRIES: '1' };
  const git = gitEnvironment(base, pipContext.allowed ?? noAllowedSources);
  return { ...Object.fromEntries(inherited), ...git, ...retries, ...variables, ...colour(base, pipContext) };
}

/**
 * Returns the environment of a pip that must not use an index although its verb could, as with `install --help`. A pip
 * newer than our option table may read the line differently, but still reaches nothing.
 *
 * @param indexUrl the index that pip's help shows; pip's default if absent.
 */
export function offlineEnvironment(
  base: Environment,
  pipContext: PipContext = {},
  indexUrl?: string,
): Record<string, string> {
  const host = 'closed.secure-pypi.invalid';
  const offlineIndex = `http://${host}/simple/`;
  // The discard port (RFC 863). Nothing listens on it, and only root could.
  const relay = { indexUrl: offlineIndex, host, proxyUrl: 'http://127.0.0.1:9' };
  const { PIP_INDEX_URL: _, PIP_RETRIES: retries, ...others } = pipEnvironment(base, relay, pipContext);
  // Help shows the number of retries, so it must be the user's own value.
  const environment = retries === base.PIP_RETRIES ? { ...others, ...(retries && { PIP_RETRIES: retries }) } : others;
  if (indexUrl === undefined) return environment;
  // A folder would be reachable without the proxy.
  return { ...environment, PIP_INDEX_URL: /^https?:/i.test(indexUrl) ? indexUrl : offlineIndex };
}

/**
 * Returns the variables that `--isolated` keeps. `PIP_CONFIG_FILE` still applies, and makes pip skip the user's own
 * file. `/dev/null` itself would make pip skip the machine's file as well.
 */
function isolatedEnvironment(base: Environment): Environment {
  const inherited = Object.entries(base).filter(([name]) => !name.toUpperCase().startsWith('PIP_'));
  const file = base.PIP_CONFIG_FILE || '/dev/./null';
  return { ...Object.fromEntries(inherited), PIP_CONFIG_FILE: file, PIP_ISOLATED: '1' };
}

/** Variables, other than `PIP_*` and secrets, that awspip sets or may set for pip or another installer. */
const changedVariables =
  /^(?:GIT_ALLOW_PROTOCOL|GIT_CONFIG_\w+|UV_\w+|\w+_PYPI_MIRROR(?:_URL)?|\w+_PROXY|PATH|FORCE_COLOR)$/;

/**
 * Checks whether a variable may have another value for pip than for awspip. The result of a file that uses it is then
 * unknown.
 */
export function differsForPip(name: string): boolean {
  return name.startsWith('PIP_') || isSecret(name) || changedVariables.test(name);
}

/** Returns the environment of a pip that uses no index: the user's, without secrets that pip does not need. */
export function plainEnvironment(base: Environment, keep: readonly string[] = []): Record<string, string> {
  const inherited = Object.entries(base).filter(
    ([name, value]) => value !== undefined && (keep.includes(name) || !isSecret(name.toUpperCase())),
  );
  return Object.fromEntries(inherited as [string, string][]);
}

/**
 * Returns the arguments that keep pip behind the relay. Removes a literal `--isolated`, because it would make pip
 * ignore the relay's variables and those that override `find-links` of the machine's files. No command-line option can
 * do that. `pipEnvironment` isolates pip instead.
 *
 * @throws {AwspipError} usage for `--proxy`, which would bypass the relay, and for an `--isolated` that is a value.
 */
export function isolatedArguments(command: PipCommand, _relay?: RelayAddress): string[] {
  if (command.options.some((option) => option.name === '--proxy' && option.index >= 0)) {
    throw new AwspipError('proxy-option', '`--proxy` would bypass the vetted repository', {
      exit: 'usage',
      hint: 'set `HTTPS_PROXY` in the environment instead',
    });
  }
  const optionIndexes = command.options.filter((option) => option.name === '--isolated').map((option) => option.index);
  const argv = command.argv.filter((argument, index) => argument !== '--isolated' || !optionIndexes.includes(index));
  if (!argv.includes('--isolated')) return argv;
  throw new AwspipError('isolated-value', '`--isolated` cannot be the value of another option', {
    exit: 'usage',
    hint: 'write `./--isolated` for a file of that name',
  });
}

/**
 * Returns the option that a variable sets. `PIP_Index_Url` and `PIP___INDEX_URL` also set `index-url`. For other
 * variables, returns the name itself.
 */
function pipOptionOf(name: string): string {
  if (!name.toUpperCase().startsWith('PIP_')) return name;
  return name.slice('PIP_'.length).toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}

/** With it, a job of GitHub Actions requests the identity token that an AWS role accepts. */
const identityTokenVariable = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';

/**
 * Checks whether a variable, named in upper case, is a secret. Includes every variable of the AWS tools, because a
 * profile name alone (`AWS_PROFILE`) can give a build credentials.
 */
export function isSecret(name: string): boolean {
  if (name.startsWith('AWS_') || name === 'CODEARTIFACT_AUTH_TOKEN' || name === identityTokenVariable) return true;
  return name.startsWith('AWSPIP_') && /TOKEN|SECRET|PASSWORD|WEBHOOK|KEY|CREDENTIAL/.test(name);
}

/** Returns the variable that enables colour (pip 23.2). It is needed because pip's stderr is a pipe to awspip. */
function colour(base: Environment, { stdout, stderr }: PipContext): Record<string, string> {
  const isColourSet = base.NO_COLOR !== undefined || base.FORCE_COLOR !== undefined;
  // The variable would also colour stdout, so both streams must be terminals.
  return stderr && stdout && !isColourSet ? { FORCE_COLOR: '1' } : {};
}
