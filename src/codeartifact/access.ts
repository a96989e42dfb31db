import type { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../errors.ts';
import { withoutCredentials } from '../index/http.ts';
import { Secret } from '../secret.ts';
import { type Doing, withAwsErrors } from './errors.ts';
import type { CachedText, TokenCache } from './token-cache.ts';

/** A token and its end in epoch milliseconds. */
type AccessToken = { readonly token: Secret; readonly expiresAt: number };

/** The way into one repository. Every call is made at most once at a time, however many ask. */
export type RepositoryAccess = {
  /** The token in use: given, cached, or fetched. */
  token(): Promise<AccessToken>;
  /** A fresh one, whatever the cache holds; call it when the repository answered 401. */
  renew(): Promise<AccessToken>;
  /** The repository's endpoint for pip: ends in `/`, without `simple/`. */
  endpoint(): Promise<string>;
};

export type AccessOptions = {
  /** Called when AWS must be asked: with token and endpoint cached, no SDK is loaded. */
  readonly client: () => Promise<CodeartifactClient>;
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository: string;
  /** Undefined: nothing is kept between runs. */
  readonly cache: TokenCache | undefined;
  /** Whatever tells one caller from another: profile, region, endpoint of the API, access key id. Never a secret. */
  readonly identity: readonly string[];
  /** For hints. */
  readonly profile?: string | undefined;
  /** `CODEARTIFACT_AUTH_TOKEN`: used as it is, never cached. */
  readonly givenToken?: Secret | undefined;
  /** An endpoint set by hand (VPC endpoints without private DNS); else GetRepositoryEndpoint is asked. */
  readonly givenEndpoint?: string | undefined;
  readonly now: () => number;
};

/** A token is fetched anew this long before it ends: an install may take a while. */
const early = 10 * 60_000;
const endpointLifetime = 24 * 60 * 60_000;
/** CodeArtifact's own default, for an answer without an expiration. */
const defaultLifetime = 12 * 60 * 60_000;

/** Opens it; nothing is asked of AWS before it is needed. Errors: see `errors.ts`. */
export function repositoryAccess(options: AccessOptions): RepositoryAccess {
  const { cache, now } = options;
  const where = [options.domain, options.domainOwner ?? '', ...options.identity];
  const tokenKey = ['token', ...where];
  const endpointKey = ['endpoint', options.repository, ...where];
  const doing = { ...options, repository: undefined };

  const fetchToken = async (): Promise<AccessToken> => {
    const fetched = await withAwsErrors({ ...doing, action: 'GetAuthorizationToken' }, async () =>
      requestToken(options),
    );
    await cache?.write(tokenKey, { text: fetched.token.reveal(), expiresAt: fetched.expiresAt });
    return fetched;
  };
  const isFresh = ({ expiresAt }: { expiresAt: number }) => expiresAt - early > now();

  const findToken = async (): Promise<AccessToken> => {
    if (options.givenToken !== undefined) return { token: options.givenToken, expiresAt: Number.POSITIVE_INFINITY };
    const cached = await cache?.read(tokenKey);
    return cached !== undefined && isFresh(cached) ? asToken(cached) : fetchToken();
  };
  const findEndpoint = async (): Promise<string> => {
    if (options.givenEndpoint !== undefined) return checkEndpoint(options.givenEndpoint);
    const cached = await cache?.read(endpointKey);
    if (cached !== undefined) return cached.text;
    const text = await requestEndpoint(options);
    await cache?.write(endpointKey, { text, expiresAt: now() + endpointLifetime });
    return text;
  };

  const token = single(findToken, isFresh);
  const renewed = single(fetchToken, () => false);
  const endpoint = single(findEndpoint, () => true);

  return {
    token: token.get,
    async renew() {
      if (options.givenToken !== undefined) throw givenTokenRefused();
      const fresh = await renewed.get();
      token.put(fresh);
      return fresh;
    },
    endpoint: endpoint.get,
  };
}

async function requestToken({ client, domain, domainOwner, now }: AccessOptions): Promise<AccessToken> {
  const { GetAuthorizationTokenCommand } = await import('@aws-sdk/client-codeartifact');
  const answer = await (await client()).send(new GetAuthorizationTokenCommand({ domain, domainOwner }));
  if (answer.authorizationToken === undefined || answer.authorizationToken === '') {
    throw new AwspipError('token-missing', 'CodeArtifact answered GetAuthorizationToken without a token', {
      exit: 'unavailable',
    });
  }
  return {
    token: new Secret(answer.authorizationToken),
    expiresAt: answer.expiration?.getTime() ?? now() + defaultLifetime,
  };
}

async function requestEndpoint(options: AccessOptions): Promise<string> {
  const { client, domain, domainOwner, repository } = options;
  const doing: Doing = { ...options, action: 'GetRepositoryEndpoint' };
  const answer = await withAwsErrors(doing, async () => {
    const { GetRepositoryEndpointCommand } = await import('@aws-sdk/client-codeartifact');
    const opened = await client();
    // The host that pip's index has is chosen here, not by the client's own switch.
    const dualstack = await opened.config.useDualstackEndpoint();
    const endpointType = dualstack ? ({ endpointType: 'dualstack' } as const) : {};
    const where = { domain, domainOwner, repository, format: 'pypi' } as const;
    return opened.send(new GetRepositoryEndpointCommand({ ...where, ...endpointType }));
  });
  return checkEndpoint(answer.repositoryEndpoint ?? '');
}

/** Ends in `/`: relative paths are resolved against it. */
function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new AwspipError(
      'endpoint-invalid',
      `\`${withoutCredentials(text).slice(0, 200)}\` is not a repository endpoint`,
      {
        exit: 'configuration',
        hint: 'It looks like https://<domain>-<account>.d.codeartifact.<region>.amazonaws.com/pypi/<repository>/',
      },
    );
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function asToken({ text, expiresAt }: CachedText): AccessToken {
  return { token: new Secret(text), expiresAt };
}

function givenTokenRefused(): AwspipError {
  return new AwspipError('token-denied', 'the repository refused the token in CODEARTIFACT_AUTH_TOKEN', {
    exit: 'denied',
    hint: 'unset CODEARTIFACT_AUTH_TOKEN to let awspip fetch one, or put a fresh one there',
  });
}

/** Shares one call among all who ask at once, and its result for as long as `keep` says; failures are not kept. */
function single<T>(call: () => Promise<T>, keep: (value: T) => boolean) {
  let running: Promise<T> | undefined;
  let kept: { readonly value: T } | undefined;
  return {
    put: (value: T): void => {
      kept = { value };
    },
    get: async (): Promise<T> => {
      if (kept !== undefined && keep(kept.value)) return kept.value;
      running ??= call()
        .then((value) => {
          kept = { value };
          return value;
        })
        .finally(() => {
          running = undefined;
        });
      return running;
    },
  };
}
