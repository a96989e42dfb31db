import type { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../errors.ts';
import type { Http } from '../index/http-types.ts';
import type { ProjectName } from '../index/types.ts';
import type { Secret } from '../secret.ts';
import { type Doing, withAwsErrors } from './errors.ts';

/** What a 404 of the repository turned out to be. */
export type MissingProof =
  /** The repository is there, the token is good: the project is missing. */
  | 'missing'
  /** With a fresh token the project is there: the old one was no good any more. */
  | 'token-was-stale';

export type MissingQuestion = {
  /** A project whose page was 404. */
  readonly name: ProjectName;
  /** The repository's endpoint in use: ends in `/`. */
  readonly endpoint: string;
  /** A token fetched just now. */
  readonly freshToken: () => Promise<Secret>;
  readonly client: () => Promise<CodeartifactClient>;
  readonly http: Http;
  /** For the `User-Agent`: begins with `awspip/`, so that no event starts a vetting. */
  readonly version: string;
} & Omit<Doing, 'action'>;

/**
 * Whether a 404 means what it says. CodeArtifact answers an expired token, a repository that was deleted and a project
 * it does not hold alike, so a 404 is believed only once the repository is known to be there and a token fetched just
 * now gets the same answer.
 *
 * @throws {AwspipError} what is wrong instead: `repository-unknown` (configuration), denied, unavailable.
 */
export async function proveMissing(question: MissingQuestion): Promise<MissingProof> {
  const [token] = await Promise.all([question.freshToken(), askForRepository(question)]);
  const status = await askForPage(question, token);
  if (status === 404) return 'missing';
  if (status === 200) return 'token-was-stale';
  throw unexpected(status, question);
}

async function askForPage({ http, endpoint, name, version, repository }: MissingQuestion, token: Secret) {
  const authorization = `Basic ${Buffer.from(`aws:${token.reveal()}`).toString('base64')}`;
  const headers = { authorization, accept: 'text/html', 'user-agent': `awspip/${version}` };
  try {
    const { body, status } = await http.request(new URL(`simple/${name}/`, endpoint).href, { headers });
    body.on('error', () => {}); // broken off on purpose: the status was all
    body.destroy();
    return status;
  } catch (cause) {
    throw new AwspipError('repository-unreachable', `the repository \`${repository}\` cannot be reached`, {
      exit: 'unavailable',
      hint: again,
      cause,
    });
  }
}

const again = 'nothing was lost: run the same command again in a while';

/** GetRepositoryEndpoint needs no right that an install does not need anyway, and knows whether the repository is there. */
async function askForRepository(question: MissingQuestion): Promise<void> {
  const { domain, domainOwner, repository, client } = question;
  await withAwsErrors({ ...question, action: 'GetRepositoryEndpoint' }, async () => {
    const { GetRepositoryEndpointCommand } = await import('@aws-sdk/client-codeartifact');
    const command = new GetRepositoryEndpointCommand({ domain, domainOwner, repository, format: 'pypi' });
    return (await client()).send(command);
  });
}

function unexpected(status: number, { repository = '' }: MissingQuestion): AwspipError {
  if (status === 401 || status === 403) {
    return new AwspipError('access-denied', `the repository \`${repository}\` denies access (${status})`, {
      exit: 'denied',
      hint: 'ask for the right to `codeartifact:ReadFromRepository` on this repository',
    });
  }
  return new AwspipError('repository-unavailable', `the repository \`${repository}\` failed (${status})`, {
    exit: 'unavailable',
    hint: again,
  });
}
