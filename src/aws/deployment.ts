import { AwspipError } from '../errors.ts';
import type { Http } from '../index/http-types.ts';
import { escaped } from '../printable.ts';
import type { Settings } from '../settings/table.ts';
import { callerArn } from './caller.ts';
import type { ClientConfiguration } from './clients.ts';
import type { SessionOptions } from './session.ts';

/** The services an install talks to: a deployment on AWS, or the local stack. */
export type Deployment = {
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository: string;
  /** The name of the repository for people, safe to print. On AWS it has the domain and the account. */
  readonly label: string;
  readonly table: string;
  /** Returns the ARN. It is a function because an install without missing packages needs no workflow. */
  readonly stateMachine: () => string;
  readonly client: ClientConfiguration;
  /** Part of the cache key of tokens: values that differ between callers. Never a secret. */
  readonly identity: readonly string[];
  readonly profile?: string | undefined;
  /** Returns the ARN of the caller, if STS answers. Absent where there are no identities. */
  readonly callerArn?: (() => Promise<string | undefined>) | undefined;
  /** Whether fetching credentials may ask the user for an MFA code. */
  readonly mayPrompt: boolean;
  /** Whether a token or an endpoint from the settings applies to this deployment. */
  readonly acceptsConfiguredAccess: boolean;
  /** Whether the repository may answer an expired token with 404. */
  readonly mayHideExpiredToken: boolean;
  /** The HTTP client of the repository. Absent on AWS, where the machine's network settings apply. */
  readonly http?: Http | undefined;
};

/** Returns the deployment on AWS that the settings describe. Its `stateMachine` throws `state-machine-missing` (78). */
export function awsDeployment(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Deployment {
  const { domain = '', domainOwner, repository, table, stateMachine, profile } = settings;
  const client = awsClients(settings, environment);
  return {
    domain,
    domainOwner,
    repository,
    label: labelOf(settings),
    table,
    stateMachine: () => {
      if (stateMachine !== undefined) return stateMachine;
      throw new AwspipError(
        'state-machine-missing',
        'the setting `state-machine` is missing, so vetting cannot start',
        {
          exit: 'configuration',
          hint: 'set `AWSPIP_STATE_MACHINE` to the ARN of the vetting workflow, or run `awspip setup --from-stack NAME`',
        },
      );
    },
    client,
    identity: [
      profile ?? environment.AWS_DEFAULT_PROFILE ?? environment.AWS_PROFILE ?? '',
      settings.region ?? '',
      settings.codeartifactUrl ?? '',
      `${settings.dualstack ?? ''}`,
      ...identityVariables.map((name) => environment[name] ?? ''),
    ],
    profile,
    callerArn: () => callerArn(client),
    mayPrompt: true,
    acceptsConfiguredAccess: true,
    mayHideExpiredToken: true,
  };
}

function labelOf({ repository, domain = '', domainOwner }: Settings): string {
  const account = domainOwner === undefined ? 'the account of your credentials' : escaped(domainOwner);
  return `${escaped(repository)} of ${escaped(domain)} (${account})`;
}

/** Variables that decide the caller and the endpoint. None of them is a secret. */
const identityVariables = [
  'AWS_ENDPOINT_URL_CODEARTIFACT',
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_ROLE_ARN',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
];

/** Returns the configuration that the AWS clients of one command share. The first client opens the session. */
export function awsClients(settings: Settings, environment: SessionOptions['environment']): ClientConfiguration {
  const { region, profile, dualstack, fips, codeartifactUrl, dynamodbUrl, stepFunctionsUrl } = settings;
  let session: ReturnType<NonNullable<ClientConfiguration['session']>> | undefined;
  const open = async () => {
    const { openSession } = await import('./session.ts');
    return openSession({ environment, profile, region, dualstack, fips, now: Date.now });
  };
  return {
    region,
    endpoints: { codeartifact: codeartifactUrl, dynamodb: dynamodbUrl, stepFunctions: stepFunctionsUrl },
    session: () => {
      session ??= open();
      return session;
    },
  };
}
