import type { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../errors.ts';
import type { Http } from '../index/http-types.ts';
import type { ProjectName } from '../index/types.ts';
import { networkHint } from '../network-hint.ts';
import type { Secret } from '../secret.ts';
import { type AwsCall, withAwsErrors } from './errors.ts';

/** The cause of a 404 response of the repository. */
export type MissingProof =
  /** The repository exists and the token is valid, so the project is missing. */
  | 'missing'
  /** The project is found with a new token, so the previous token had expired. */
  | 'token-expired';

type ProofOptions = {
  /** The project whose index page answered 404. */
  readonly name: ProjectName;
  /** The repository's endpoint, which ends in `/`. */
  readonly endpoint: string;
  /** Fetches a new token. */
  readonly freshToken: () => Promise<Secret>;
  readonly client: () => Promise<CodeartifactClient>;
  readonly http: Http;
  /** The version in the `User-Agent`. The 404 event's pattern excludes `awspip/`, so this request starts no vetting. */
  readonly version: string;
} & Omit<AwsCall, 'action'>;

/**
 * Finds out why the repository answered 404. CodeArtifact answers 404 to an expired token, for a deleted repository and
 * for a missing project. The project counts as missing only if the repository exists and a new token gets 404 as well.
 *
 * @throws {AwspipError} `repository-unknown` (78), `access-denied` (77), `repository-unreachable` or
 *   `repository-unavailable` (69), and the errors of `errors.ts`.
 */
export async function proveMissing(options: ProofOptions): Promise<MissingProof> {
  const [token] = await Promise.all([options.freshToken(), requireRepository(options)]);
  const status = await requestPage(options, token);
  if (status === 404) return 'missing';
  if (status === 200) return 'token-expired';
  throw unexpectedStatus(status, options);
}

async function requestPage({ http, endpoint, name, version, repository }: ProofOptions, token: Secret) {
  const authorization = `Basic ${Buffer.from(`aws:${token.reveal()}`).toString('base64')}`;
  const headers = { authorization, accept: 'text/html', 'user-agent': `awspip/${version}` };
  try {
    const { body, status } = await http.request(new URL(`simple/${name}/`, endpoint).href, { headers });
    // Only the status is needed. Destroying the body emits an error that must not be unhandled.
    body.on('error', () => {});
    body.destroy();
    return status;
  } catch (cause) {
    throw new AwspipError('repository-unreachable', `cannot reach the repository \`${repository}\``, {
      exit: 'unavailable',
      hint: networkHint(cause) ?? runAgain,
      cause,
    });
  }
}

const runAgain = 'run the same command again in a few minutes';

/** Throws if the repository does not exist. GetRepositoryEndpoint needs no permission that an install does not need. */
async function requireRepository(options: ProofOptions): Promise<void> {
  const { domain, domainOwner, repository, client } = options;
  await withAwsErrors({ ...options, action: 'GetRepositoryEndpoint' }, async () => {
    const { GetRepositoryEndpointCommand } = await import('@aws-sdk/client-codeartifact');
    const command = new GetRepositoryEndpointCommand({ domain, domainOwner, repository, format: 'pypi' });
    return (await client()).send(command);
  });
}

function unexpectedStatus(status: number, { repository = '' }: ProofOptions): AwspipError {
  if (status === 401 || status === 403) {
    return new AwspipError('access-denied', `the repository \`${repository}\` denied access (${status})`, {
      exit: 'denied',
      hint: 'request the permission `codeartifact:ReadFromRepository` for this repository',
    });
  }
  return new AwspipError('repository-unavailable', `the repository \`${repository}\` is unavailable (${status})`, {
    exit: 'unavailable',
    hint: runAgain,
  });
}
