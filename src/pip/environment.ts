import { AwspipError } from '../errors.ts';
import type { PipCommand } from './grammar.ts';
import { nothingOpen, type OpenSources } from './open-sources.ts';
import { gitEnvironment } from './version-control.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where pip is sent instead of the indexes it knows. */
export type RelayAddress = {
  readonly indexUrl: string;
  /** Host of `indexUrl`; plain http to it is no risk, it never leaves this machine. */
  readonly host: string;
  readonly proxyUrl: string;
};

/** How pip is to run. */
export type PipSurroundings = {
  /** Which of awspip's own streams are terminals; colour needs both. */
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  /** `PipCommand.isolated`: the user's variables and configuration file are left out, as pip would. */
  readonly isolated?: boolean;
  /** Names of `AWS_*` variables that builds may see. */
  readonly keep?: readonly string[];
  readonly open?: OpenSources;
  /** Where pip is to write what it installed (pip 22.2; older ones pass over it); a `--report` typed wins. */
  readonly reportFile?: string | undefined;
};

/** A blank neutralises what configuration files say; an empty value would be ignored by pip. */
const blank = ' ';

/**
 * The environment pip runs in when it asks an index: only the relay can be reached, certificates, caches and timeouts
 * stay as configured, and no secret of ours is in it.
 */
export function pipEnvironment(
  base: Environment,
  relay: RelayAddress,
  surroundings: PipSurroundings = {},
): Record<string, string> {
  const variables: Record<string, string> = {
    PIP_INDEX_URL: relay.indexUrl,
    PIP_EXTRA_INDEX_URL: blank,
    PIP_FIND_LINKS: blank,
    PIP_NO_INDEX: '0',
    PIP_TRUSTED_HOST: relay.host,
    PIP_PROXY: relay.proxyUrl,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    ...(surroundings.reportFile !== undefined && { PIP_REPORT: surroundings.reportFile }),
  };
  // `pypi-url` is an alias that pip would heed before `index-url`.
  const replaced = new Set([...Object.keys(variables).map(pipOptionOf), 'pypi-url']);
  const user = surroundings.isolated ? isolatedEnvironment(base) : base;
  const kept = Object.entries(plainEnvironment(user, surroundings.keep)).filter(
    ([name]) => !replaced.has(pipOptionOf(name)),
  );
  // The relay tries again itself, and whom it denies it denies again: pip's own five tries would take eight seconds.
  const retries = kept.some(([name]) => pipOptionOf(name) === 'retries') ? {} : { PIP_RETRIES: '1' };
  const git = gitEnvironment(base, surroundings.open ?? nothingOpen);
  return { ...Object.fromEntries(kept), ...git, ...retries, ...variables, ...colour(base, surroundings) };
}

/**
 * The environment of a pip that is to ask no index although it could, as with `install --help`: whatever a pip newer
 * than our table of its options makes of the line, there is nothing to be reached.
 * @param indexUrl what pip's help shows as its index; pip's own default without one.
 */
export function closedEnvironment(
  base: Environment,
  surroundings: PipSurroundings = {},
  indexUrl?: string,
): Record<string, string> {
  const host = 'closed.secure-pypi.invalid';
  const closed = `http://${host}/simple/`;
  // The discard port (RFC 863): nobody listens there, and only root could.
  const relay = { indexUrl: closed, host, proxyUrl: 'http://127.0.0.1:9' };
  const { PIP_INDEX_URL: _, PIP_RETRIES: retries, ...others } = pipEnvironment(base, relay, surroundings);
  // Help shows it, too: only what the user has set.
  const environment = retries === base.PIP_RETRIES ? { ...others, ...(retries && { PIP_RETRIES: retries }) } : others;
  if (indexUrl === undefined) return environment;
  // What lies in a folder is reached without any proxy.
  return { ...environment, PIP_INDEX_URL: /^https?:/i.test(indexUrl) ? indexUrl : closed };
}

/**
 * What `--isolated` leaves of the user's variables. `PIP_CONFIG_FILE` counts even then, and as long as it names a file
 * pip passes over the user's own; `/dev/null` itself would make it pass over the machine's as well.
 */
function isolatedEnvironment(base: Environment): Environment {
  const kept = Object.entries(base).filter(([name]) => !name.toUpperCase().startsWith('PIP_'));
  const file = base.PIP_CONFIG_FILE || '/dev/./null';
  return { ...Object.fromEntries(kept), PIP_CONFIG_FILE: file, PIP_ISOLATED: '1' };
}

/** What is set for pip, or for another installer, or may be: besides `PIP_*` and secrets. */
const set = /^(?:GIT_ALLOW_PROTOCOL|GIT_CONFIG_\w+|UV_\w+|\w+_PYPI_MIRROR(?:_URL)?|\w+_PROXY|PATH|FORCE_COLOR)$/;

/** Checks whether a variable may be another to pip than to whoever started us: what a file fills in from it cannot be told. */
export function isAnotherToPip(name: string): boolean {
  return name.startsWith('PIP_') || isSecret(name) || set.test(name);
}

/** The environment pip runs in when it asks no index: the user's, without the secrets that pip has no use for. */
export function plainEnvironment(base: Environment, keep: readonly string[] = []): Record<string, string> {
  const kept = Object.entries(base).filter(
    ([name, value]) => value !== undefined && (keep.includes(name) || !isSecret(name.toUpperCase())),
  );
  return Object.fromEntries(kept as [string, string][]);
}

/**
 * The command line that keeps pip behind the relay. A literal `--isolated` is taken out: it would make pip ignore the
 * variables that lead to the relay, and those that silence a `find-links` of the machine's files, which no option on
 * the command line can. `pipEnvironment` isolates in its stead.
 * @throws AwspipError usage for `--proxy`, which would lead pip round the relay, and for an `--isolated` that is a value.
 */
export function isolatedArguments(command: PipCommand, _relay?: RelayAddress): string[] {
  if (command.options.some((option) => option.name === '--proxy' && option.index >= 0)) {
    throw new AwspipError('proxy-option', '`--proxy` would lead pip round the vetted repository', {
      exit: 'usage',
      hint: 'set `HTTPS_PROXY` in the environment instead; awspip uses it for its own connections',
    });
  }
  const places = command.options.filter((option) => option.name === '--isolated').map((option) => option.index);
  const argv = command.argv.filter((word, index) => word !== '--isolated' || !places.includes(index));
  if (!argv.includes('--isolated')) return argv;
  throw new AwspipError('isolated-value', '`--isolated` cannot be a name or a file here', {
    exit: 'usage',
    hint: 'write `./--isolated` for a file of that name',
  });
}

/**
 * The option that pip reads from a variable: `PIP_Index_Url` and `PIP___INDEX_URL` are `index-url` to pip, too.
 * For variables that are not pip's, the name itself.
 */
function pipOptionOf(name: string): string {
  if (!name.toUpperCase().startsWith('PIP_')) return name;
  return name.slice('PIP_'.length).toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}

/** Whatever AWS's own tools read: a name alone may lead a build to credentials (`AWS_PROFILE`). */
function isSecret(name: string): boolean {
  if (name.startsWith('AWS_') || name === 'CODEARTIFACT_AUTH_TOKEN') return true;
  return name.startsWith('AWSPIP_') && /TOKEN|SECRET|PASSWORD|WEBHOOK|KEY|CREDENTIAL/.test(name);
}

/** stderr is a pipe to pip while we pass it on, so pip must be told that a terminal is at its end (pip 23.2). */
function colour(base: Environment, { stdout, stderr }: PipSurroundings): Record<string, string> {
  const chosen = base.NO_COLOR !== undefined || base.FORCE_COLOR !== undefined;
  // With stdout in a file the variable would colour that, too.
  return stderr && stdout && !chosen ? { FORCE_COLOR: '1' } : {};
}
