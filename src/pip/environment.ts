import { AwspipError } from '../errors.ts';
import type { PipCommand } from './grammar.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where pip is sent instead of the indexes it knows. */
export type RelayAddress = {
  readonly indexUrl: string;
  /** Host of `indexUrl`; plain http to it is no risk, it never leaves this machine. */
  readonly host: string;
  readonly proxyUrl: string;
};

/** Which of awspip's own streams are terminals. */
export type Terminals = { readonly stdout: boolean; readonly stderr: boolean };

/** A blank neutralises what configuration files say; an empty value would be ignored by pip. */
const blank = ' ';

/**
 * The environment pip runs in when it asks an index: only the relay can be reached, certificates, caches and timeouts
 * stay as configured, and no secret of ours is in it.
 */
export function pipEnvironment(base: Environment, relay: RelayAddress, terminals?: Terminals): Record<string, string> {
  const variables: Record<string, string> = {
    PIP_INDEX_URL: relay.indexUrl,
    PIP_EXTRA_INDEX_URL: blank,
    PIP_FIND_LINKS: blank,
    PIP_NO_INDEX: '0',
    PIP_TRUSTED_HOST: relay.host,
    PIP_PROXY: relay.proxyUrl,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  // An alias of ours that pip would heed before `PIP_INDEX_URL`.
  const replaced = new Set([...Object.keys(variables).map(pipOptionOf), 'pypi-url']);
  const kept = Object.entries(plainEnvironment(base)).filter(([name]) => !replaced.has(pipOptionOf(name)));
  return { ...Object.fromEntries(kept), ...variables, ...colour(base, terminals) };
}

/** The environment pip runs in when it asks no index: the user's, without the secrets that pip has no use for. */
export function plainEnvironment(base: Environment): Record<string, string> {
  const kept = Object.entries(base).filter(([name, value]) => value !== undefined && !isSecret(name.toUpperCase()));
  return Object.fromEntries(kept as [string, string][]);
}

/**
 * The command line that holds pip to the relay. Under a literal `--isolated` pip ignores its variables, so they stand
 * on the command line; they hold no secret.
 * @throws AwspipError usage when `--proxy` would lead pip round the relay.
 */
export function isolatedArguments(command: PipCommand, relay: RelayAddress): string[] {
  const proxy = command.options.find((option) => option.name === '--proxy');
  if (proxy) {
    throw new AwspipError('proxy-option', '`--proxy` would lead pip round the vetted repository', {
      exit: 'usage',
      hint: 'set `HTTPS_PROXY` in the environment instead; awspip uses it for its own connections',
    });
  }
  if (!command.isolated || command.verbIndex === undefined) return [...command.argv];
  const added = ['--trusted-host', relay.host, '--proxy', relay.proxyUrl, '--disable-pip-version-check'];
  const index = ['--index-url', relay.indexUrl];
  return command.argv.toSpliced(command.verbIndex + 1, 0, ...added, ...index);
}

/**
 * The option that pip reads from a variable: `PIP_Index_Url` and `PIP___INDEX_URL` are `index-url` to pip, too.
 * For variables that are not pip's, the name itself.
 */
function pipOptionOf(name: string): string {
  if (!name.toUpperCase().startsWith('PIP_')) return name;
  return name.slice('PIP_'.length).toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}

const secretNames = new Set([
  'CODEARTIFACT_AUTH_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_BEARER_TOKEN',
]);

function isSecret(name: string): boolean {
  if (secretNames.has(name)) return true;
  return name.startsWith('AWSPIP_') && /TOKEN|SECRET|PASSWORD|WEBHOOK|KEY|CREDENTIAL/.test(name);
}

/** stderr is a pipe to pip while we pass it on, so pip must be told that a terminal is at its end (pip 23.2). */
function colour(base: Environment, terminals: Terminals | undefined): Record<string, string> {
  const chosen = base.NO_COLOR !== undefined || base.FORCE_COLOR !== undefined;
  // With stdout in a file the variable would colour that, too.
  return terminals?.stderr && terminals.stdout && !chosen ? { FORCE_COLOR: '1' } : {};
}
