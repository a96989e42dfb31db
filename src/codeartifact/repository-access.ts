import type { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../errors.ts';
import { laterHint } from '../index/connection-error.ts';
import { withoutCredentials } from '../index/http.ts';
import { Secret } from '../secret.ts';
import { withAwsErrors } from './errors.ts';
import type { CachedText, TokenCache } from './token-cache.ts';

/** A token and its expiration time in epoch milliseconds. */
type AccessToken = { readonly token: Secret; readonly expiresAt: number };

/** Token and endpoint of one repository. Concurrent callers share one request to AWS. */
export type RepositoryAccess = {
  /** Returns the configured, cached or newly fetched token. */
  token(): Promise<AccessToken>;
  /** Fetches a new token even if the cache holds one; for use after the repository answered 401. */
  renew(): Promise<AccessToken>;
  /** Returns the repository's endpoint for pip, which ends in `/` and does not include `simple/`. */
  endpoint(): Promise<string>;
};

export type AccessOptions = {
  /** Loads the SDK; called only if the token or the endpoint is not cached. */
  readonly client: () => Promise<CodeartifactClient>;
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository: string;
  /** Undefined if nothing is kept between runs. */
  readonly cache: TokenCache | undefined;
  /** False if the cache keeps the endpoint alone, and no token. */
  readonly keepsTokens?: boolean;
  /** Part of the cache key: profile, region, endpoint of the API, access key ID. Never a secret. */
  readonly identity: readonly string[];
  /** The AWS profile, for hints. */
  readonly profile?: string | undefined;
  /** The value of `CODEARTIFACT_AUTH_TOKEN`, which is never cached. */
  readonly configuredToken?: Secret | undefined;
  /** The endpoint from the settings (VPC endpoints without private DNS); GetRepositoryEndpoint is then not called. */
  readonly configuredEndpoint?: string | undefined;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** A token is renewed this many milliseconds before it expires, so that it lasts for the rest of an install. */
const renewalMargin = 10 * 60_000;
const endpointLifetime = 24 * 60 * 60_000;
/** CodeArtifact's default lifetime, for a response without an expiration. */
const defaultLifetime = 12 * 60 * 60_000;

/** Returns the access to one repository. It calls AWS only on demand, and its methods throw the errors of `errors.ts`. */
export function repositoryAccess(options: AccessOptions): RepositoryAccess {
  const { cache, now, configuredToken, configuredEndpoint } = options;
  const cachedTokens = options.keepsTokens === false ? undefined : cache;
  const caller = [options.domain, options.domainOwner ?? '', ...options.identity];
  const tokenKey = ['token', ...caller];
  const endpointKey = ['endpoint', options.repository, ...caller];

  const fetchAndCacheToken = async (): Promise<AccessToken> => {
    const fetched = await fetchToken(options);
    await cachedTokens?.write(tokenKey, { text: fetched.token.reveal(), expiresAt: fetched.expiresAt });
    return fetched;
  };
  const isFresh = ({ expiresAt }: { expiresAt: number }) => expiresAt - renewalMargin > now();

  const findToken = async (): Promise<AccessToken> => {
    if (configuredToken !== undefined) return { token: configuredToken, expiresAt: Number.POSITIVE_INFINITY };
    const cached = await cachedTokens?.read(tokenKey);
    return cached !== undefined && isFresh(cached) ? asToken(cached) : fetchAndCacheToken();
  };
  const findEndpoint = async (): Promise<string> => {
    if (configuredEndpoint !== undefined) return checkEndpoint(configuredEndpoint);
    const cached = await cache?.read(endpointKey);
    if (cached !== undefined) return cached.text;
    const text = await fetchEndpoint(options);
    await cache?.write(endpointKey, { text, expiresAt: now() + endpointLifetime });
    return text;
  };

  const token = sharedCall(findToken, isFresh);
  const renewedToken = sharedCall(fetchAndCacheToken, () => false);
  const endpoint = sharedCall(findEndpoint, () => true);

  return {
    token: token.get,
    async renew() {
      if (configuredToken !== undefined) throw configuredTokenRejected();
      const renewed = await renewedToken.get();
      token.put(renewed);
      return renewed;
    },
    endpoint: endpoint.get,
  };
}

async function fetchToken({ client, domain, domainOwner, profile, now }: AccessOptions): Promise<AccessToken> {
  const response = await withAwsErrors({ action: 'GetAuthorizationToken', domain, domainOwner, profile }, async () => {
    const { GetAuthorizationTokenCommand } = await import('@aws-sdk/client-codeartifact');
    return (await client()).send(new GetAuthorizationTokenCommand({ domain, domainOwner }));
  });
  if (response.authorizationToken === undefined || response.authorizationToken === '') {
    throw new AwspipError('token-missing', 'CodeArtifact answered GetAuthorizationToken without a token', {
      exit: 'unavailable',
      hint: laterHint,
    });
  }
  return {
    token: new Secret(response.authorizationToken),
    expiresAt: response.expiration?.getTime() ?? now() + defaultLifetime,
  };
}

async function fetchEndpoint(options: AccessOptions): Promise<string> {
  const { client, domain, domainOwner, repository } = options;
  const response = await withAwsErrors({ ...options, action: 'GetRepositoryEndpoint' }, async () => {
    const { GetRepositoryEndpointCommand } = await import('@aws-sdk/client-codeartifact');
    const codeArtifact = await client();
    // The client's dual-stack option applies to the API only, so the repository's host must be requested explicitly.
    const dualstack = await codeArtifact.config.useDualstackEndpoint();
    const endpointType = dualstack ? ({ endpointType: 'dualstack' } as const) : {};
    const input = { domain, domainOwner, repository, format: 'pypi' } as const;
    return codeArtifact.send(new GetRepositoryEndpointCommand({ ...input, ...endpointType }));
  });
  return checkEndpoint(response.repositoryEndpoint ?? '');
}

/** Returns the endpoint with a final `/`, because relative paths are resolved against it. */
function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new AwspipError(
      'endpoint-invalid',
      `\`${withoutCredentials(text).slice(0, 200)}\` is not a repository endpoint`,
      {
        exit: 'configuration',
        hint: 'set it to `https://DOMAIN-ACCOUNT.d.codeartifact.REGION.amazonaws.com/pypi/REPOSITORY/`',
      },
    );
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function asToken({ text, expiresAt }: CachedText): AccessToken {
  return { token: new Secret(text), expiresAt };
}

function configuredTokenRejected(): AwspipError {
  return new AwspipError('token-denied', 'the repository rejected the token in `CODEARTIFACT_AUTH_TOKEN`', {
    exit: 'denied',
    hint: 'unset `CODEARTIFACT_AUTH_TOKEN` to let awspip fetch a token, or set it to a new one',
  });
}

/** Shares one running call among concurrent callers, and its result while `isValid` holds. Failures are not kept. */
function sharedCall<T>(call: () => Promise<T>, isValid: (value: T) => boolean) {
  let running: Promise<T> | undefined;
  let result: { readonly value: T } | undefined;
  return {
    put: (value: T): void => {
      result = { value };
    },
    get: async (): Promise<T> => {
      if (result !== undefined && isValid(result.value)) return result.value;
      running ??= call()
        .then((value) => {
          result = { value };
          return value;
        })
        .finally(() => {
          running = undefined;
        });
      return running;
    },
  };
}
