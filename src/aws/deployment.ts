import { AwspipError } from '../errors.ts';
import type { Settings } from '../settings/table.ts';
import type { ClientConfiguration } from './clients.ts';
import type { SessionOptions } from './session.ts';

/** The services an install talks to: a deployment on AWS, or the local stack. */
export type Deployment = {
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository: string;
  readonly table: string;
  /** Answered when first needed: an install that misses nothing needs no workflow. */
  readonly stateMachine: () => string;
  readonly client: ClientConfiguration;
  /** What tells one caller's cached token from another's; no secret. */
  readonly identity: readonly string[];
  readonly profile?: string | undefined;
  /** Whether getting credentials may need a person at the terminal. */
  readonly mayAsk: boolean;
  /** Whether a token or an endpoint from the environment applies to it. */
  readonly acceptsGivenAccess: boolean;
  /** Whether it may answer 404 to a token that has expired. */
  readonly mayHideStaleToken: boolean;
  /** Whether it is reached on loopback, past the machine's proxies. */
  readonly onLoopback: boolean;
};

/** The deployed system that the settings name. */
export function awsDeployment(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Deployment {
  const { domain = '', domainOwner, repository, table, stateMachine, profile } = settings;
  return {
    domain,
    domainOwner,
    repository,
    table,
    stateMachine: () => {
      if (stateMachine !== undefined) return stateMachine;
      throw new AwspipError('state-machine-missing', 'the vetting workflow is not known: no `state-machine` is set', {
        exit: 'configuration',
        hint: 'set `AWSPIP_STATE_MACHINE` to its ARN, or `state-machine` under `[tool.awspip]` in pyproject.toml',
      });
    },
    client: awsClients(settings, environment),
    identity: [
      profile ?? environment.AWS_DEFAULT_PROFILE ?? environment.AWS_PROFILE ?? '',
      settings.region ?? '',
      settings.codeartifactUrl ?? '',
      `${settings.dualstack ?? ''}`,
      ...identifying.map((name) => environment[name] ?? ''),
    ],
    profile,
    mayAsk: true,
    acceptsGivenAccess: true,
    mayHideStaleToken: true,
    onLoopback: false,
  };
}

/** Variables that decide who calls, and where. None of them is a secret. */
const identifying = [
  'AWS_ENDPOINT_URL_CODEARTIFACT',
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_ROLE_ARN',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
];

/** How the clients of one command reach AWS; opened once, when the first is needed. */
export function awsClients(settings: Settings, environment: SessionOptions['environment']): ClientConfiguration {
  const { region, profile, dualstack, fips, codeartifactUrl, dynamodbUrl, stepFunctionsUrl } = settings;
  let opened: ReturnType<NonNullable<ClientConfiguration['session']>> | undefined;
  const open = async () => {
    const { openSession } = await import('./session.ts');
    return openSession({ environment, profile, region, dualstack, fips, now: Date.now });
  };
  return {
    region,
    endpoints: { codeartifact: codeartifactUrl, dynamodb: dynamodbUrl, stepFunctions: stepFunctionsUrl },
    session: () => {
      opened ??= open();
      return opened;
    },
  };
}
