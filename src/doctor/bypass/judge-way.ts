import { withoutCredentials } from '../../index/http.ts';

/** What a program did when it was asked for a package, behind a proxy that passes nothing on. */
export type Attempt = {
  /** The origins that it asked the proxy for. */
  readonly origins: readonly string[];
  readonly output: string;
};

/** The sources of packages that are not a way round the vetting. */
export type VettedSources = {
  /** Domain, account and repository on AWS; undefined with the local stack. */
  readonly repository?:
    | { readonly domain: string; readonly owner?: string | undefined; readonly name: string }
    | undefined;
  /** The endpoint's host, if the user has set one. */
  readonly host?: string | undefined;
  /** The URL of the folder that `awspip setup --enforce` names if nothing is to be found. */
  readonly closedIndex: string;
};

/** `unclear`: the program neither asked for the package nor said that it does not exist. */
export type WayVerdict =
  | { readonly kind: 'closed'; readonly to: 'repository' | 'nowhere' }
  | {
      readonly kind: 'open';
      readonly sources: readonly string[];
      readonly origins: readonly string[];
      readonly hasFolder: boolean;
    }
  | { readonly kind: 'unclear'; readonly output: string };

const lookingIn = /^Looking in (?:indexes|links): (.+)$/gm;
const notFound = /No matching distribution found|was not found in the package registry|could not find a version/i;

/** Decides from an attempt whether a way leads past the vetted repository. */
export function judgeWay({ origins, output }: Attempt, vetted: VettedSources): WayVerdict {
  const urls = [...output.matchAll(lookingIn)].flatMap(([, list = '']) => list.split(', '));
  const named = urls.filter((url) => !isClosedIndex(url, vetted) && !isVettedIndex(url, vetted));
  // A host of the repository also has repositories that nobody vets. pip names the one that it uses.
  const unvetted = origins.filter((origin) => !isVettedHost(hostOf(origin), vetted));
  const unnamed = unvetted.filter((origin) => !named.some((url) => hostOf(url) === hostOf(origin)));
  const sources = [...new Set([...named.map(withoutCredentials), ...unnamed])];
  // A folder has no host that a network could close.
  const folders = named.filter((url) => !/^https?:/i.test(url));
  if (sources.length > 0) return { kind: 'open', sources, origins: unvetted, hasFolder: folders.length > 0 };
  if (origins.length > 0) return { kind: 'closed', to: 'repository' };
  if (notFound.test(output)) return { kind: 'closed', to: 'nowhere' };
  return { kind: 'unclear', output };
}

function isClosedIndex(url: string, { closedIndex }: VettedSources): boolean {
  return url.replace(/\/$/, '') === closedIndex.replace(/\/$/, '');
}

function isVettedIndex(url: string, vetted: VettedSources): boolean {
  const { repository } = vetted;
  if (repository === undefined || !URL.canParse(url)) return false;
  const { host, pathname } = new URL(url);
  return isVettedHost(host, vetted) && isVettedPath(pathname.replace(/\/$/, ''), repository);
}

/** The path of a VPC endpoint without private DNS also names the domain: `/pypi/d/DOMAIN-ACCOUNT/REPOSITORY/simple`. */
function isVettedPath(path: string, { domain, owner, name }: NonNullable<VettedSources['repository']>): boolean {
  const [, domainPart = '', repository] = /\/pypi\/(?:d\/([^/]+)\/)?([^/]+)\/simple$/.exec(path) ?? [];
  if (repository !== name) return false;
  if (domainPart === '') return true;
  return owner === undefined ? domainPart.replace(/-\d{12}$/, '') === domain : domainPart === `${domain}-${owner}`;
}

/** The host of a domain is `DOMAIN-ACCOUNT.d.codeartifact.REGION.amazonaws.com`. */
function isVettedHost(host: string | undefined, { repository, host: endpointHost }: VettedSources): boolean {
  if (repository === undefined || host === undefined) return false;
  if (host === endpointHost) return true;
  const [first = '', ...rest] = host.split('.');
  const account = first.startsWith(`${repository.domain}-`) ? first.slice(repository.domain.length + 1) : '';
  const isAccount = repository.owner === undefined ? /^\d{12}$/.test(account) : account === repository.owner;
  return (
    isAccount && /^d\.codeartifact(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/.test(rest.join('.'))
  );
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
