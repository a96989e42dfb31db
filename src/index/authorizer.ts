import { type Keyring, openKeyring } from './keyring.ts';
import { type Credentials, netrcCredentials } from './netrc.ts';
import type { UpstreamConfiguration } from './types.ts';

/**
 * Finds the credentials for requests to the machine's own indexes, as pip does: those in the URL, then netrc, and after a
 * 401 the keyring. Each host gets only its own, also after a redirect.
 */
export type Authorizer = {
  /** Returns the credentials for the first request; undefined if none are known. */
  first(url: URL): Promise<Credentials | undefined>;
  /** Returns other credentials after a 401 to a request with `refused`; undefined if there are none. */
  afterRefusal(url: URL, refused: Credentials | undefined): Promise<Credentials | undefined>;
};

type CredentialSources = Pick<UpstreamConfiguration, 'indexUrls' | 'findLinks' | 'netrcFiles' | 'keyring'>;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns user and password of a URL, which may lack the password. Undefined without a user. */
export function credentialsOf({ username, password }: URL): Credentials | undefined {
  return username === '' && password === '' ? undefined : { username: decode(username), password: decode(password) };
}

function withoutUser(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** Returns how many characters two paths have in common, up to the last slash. */
function commonPath(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return left.slice(0, length).lastIndexOf('/');
}

/** Returns the index that a URL belongs to: of those on its host, the one with the longest common path. */
function indexOf(url: URL, indexes: readonly URL[]): URL | undefined {
  return indexes
    .filter(({ host }) => host === url.host)
    .toSorted((a, b) => commonPath(url.pathname, b.pathname) - commonPath(url.pathname, a.pathname))[0];
}

/** Returns the keyring's answers, which are remembered by host and shared by requests at the same time. */
function remembering(keyring: Keyring, indexes: readonly URL[]) {
  const known = new Map<string, Credentials>();
  const asking = new Map<string, Promise<Credentials | undefined>>();
  const ask = async (url: URL, username: string | undefined): Promise<Credentials | undefined> => {
    const index = indexOf(url, indexes);
    const found = index && (await keyring(withoutUser(index).href, username));
    const credentials = found ?? (await keyring(url.host, username));
    if (credentials) known.set(url.host, credentials);
    else known.delete(url.host);
    return credentials;
  };
  return {
    known: (url: URL) => known.get(url.host),
    ask: (url: URL, username: string | undefined) => {
      const key = `${url.origin} ${username ?? ''}`;
      const answer = asking.get(key) ?? ask(url, username).finally(() => asking.delete(key));
      asking.set(key, answer);
      return answer;
    },
  };
}

function isEqual(a: Credentials | undefined, b: Credentials | undefined): boolean {
  return a?.username === b?.username && a?.password === b?.password;
}

/** Returns the authorizer for the sources of pip's configuration. */
export function openAuthorizer({ indexUrls, findLinks, netrcFiles = [], keyring }: CredentialSources): Authorizer {
  const indexes = [...indexUrls, ...findLinks].flatMap((text) => (URL.canParse(text) ? [new URL(text)] : []));
  const memory = keyring && remembering(openKeyring(keyring), indexes);
  return {
    first: async (url) => {
      const ofUrl = credentialsOf(url);
      if (ofUrl !== undefined && ofUrl.password !== '') return ofUrl;
      const remembered = memory?.known(url);
      const isOther = ofUrl !== undefined && remembered?.username !== ofUrl.username;
      if (remembered !== undefined && !isOther) return remembered;
      return (await netrcCredentials(netrcFiles, url.hostname)) ?? ofUrl;
    },
    afterRefusal: async (url, refused) => {
      const ofUrl = credentialsOf(url);
      if (memory === undefined || (ofUrl !== undefined && ofUrl.password !== '')) return undefined;
      const remembered = memory.known(url);
      if (remembered !== undefined && !isEqual(remembered, refused)) return remembered;
      const found = await memory.ask(url, ofUrl?.username);
      return isEqual(found, refused) ? undefined : found;
    },
  };
}
