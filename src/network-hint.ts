/** The causes of a failed connection that need different steps. */
type Cause =
  | 'name'
  | 'refused'
  | 'unreachable'
  | 'time-out'
  | 'lost'
  | 'slow'
  | 'issuer'
  | 'validity'
  | 'host-name'
  | 'no-tls';

const causeByCode: Readonly<Record<string, Cause>> = {
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  EAI_FAIL: 'name',
  EAI_NODATA: 'name',
  EAI_NONAME: 'name',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'time-out',
  UND_ERR_CONNECT_TIMEOUT: 'time-out',
  UND_ERR_HEADERS_TIMEOUT: 'time-out',
  UND_ERR_BODY_TIMEOUT: 'time-out',
  TimeoutError: 'time-out',
  ERR_SLOW_RESPONSE: 'slow',
  ECONNRESET: 'lost',
  ECONNABORTED: 'lost',
  EPIPE: 'lost',
  UND_ERR_SOCKET: 'lost',
  UNABLE_TO_GET_ISSUER_CERT: 'issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'issuer',
  SELF_SIGNED_CERT_IN_CHAIN: 'issuer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'issuer',
  CERT_UNTRUSTED: 'issuer',
  CERT_REJECTED: 'issuer',
  CERT_SIGNATURE_FAILURE: 'issuer',
  CERT_CHAIN_TOO_LONG: 'issuer',
  INVALID_CA: 'issuer',
  CERT_HAS_EXPIRED: 'validity',
  CERT_NOT_YET_VALID: 'validity',
  ERR_TLS_CERT_ALTNAME_INVALID: 'host-name',
  HOSTNAME_MISMATCH: 'host-name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no-tls',
  EPROTO: 'no-tls',
};

const again = 'run the same command again';

const hints: Readonly<Record<Cause, string>> = {
  name: 'check the host name and the DNS of this network; if only a proxy reaches the host, set `HTTPS_PROXY`',
  refused: 'check host and port, and that the service runs; then run the same command again',
  unreachable: 'check the connection of this machine to the network; if it needs a proxy, set `HTTPS_PROXY`',
  'time-out': `${again}; if this network needs a proxy, set \`HTTPS_PROXY\``,
  lost: `${again}; if this repeats, a proxy or firewall may end the connection`,
  slow: `${again}; if this repeats, check the network and the host, or use another index`,
  issuer:
    'set `PIP_CERT` (for AWS services: `AWS_CA_BUNDLE`) to the CA certificates of this network, ' +
    'which a proxy may use to inspect connections',
  validity: 'check the clock of this machine; if it is right, the certificate of the host must be renewed',
  'host-name': 'check the host name in the URL; the certificate is for another host',
  'no-tls': 'check scheme and port of the URL; the host does not use TLS there',
};

const proxyHints: Readonly<Partial<Record<Cause, string>>> = {
  name: 'check the host name of the proxy in `HTTPS_PROXY`, `PIP_PROXY` or pip.conf',
  refused: 'check host and port of the proxy in `HTTPS_PROXY`, `PIP_PROXY` or pip.conf',
  unreachable: 'check host and port of the proxy in `HTTPS_PROXY`, `PIP_PROXY` or pip.conf',
  'time-out': `check the proxy in \`HTTPS_PROXY\`, \`PIP_PROXY\` or pip.conf; then ${again}`,
  slow: `${again}; if this repeats, check the proxy in \`HTTPS_PROXY\`, \`PIP_PROXY\` or pip.conf`,
  lost: `${again}; if this repeats, add the host to \`NO_PROXY\` if the proxy is not needed for it`,
  'no-tls': 'check scheme and port of the proxy; most proxies have an `http://` URL',
};

/**
 * Returns the next step for a failed connection, by the code of the error or of its causes. Undefined if no code is
 * known.
 *
 * @param options.proxied whether the connection went through a proxy, which the code then describes in most cases
 */
export function networkHint(error: unknown, { proxied = false }: { proxied?: boolean } = {}): string | undefined {
  for (const one of withCauses(error)) {
    const status = proxyStatus(one);
    if (status !== undefined) return proxyStatusHint(status);
    const cause = [one.code, one.name].map((code) => causeOf(code)).find((known) => known !== undefined);
    if (cause !== undefined) return (proxied ? proxyHints[cause] : undefined) ?? hints[cause];
  }
  return undefined;
}

/** The hint for an index that answers 401 or 403. */
const credentialsHint =
  'check the credentials for the index: in its URL (`https://USER:PASSWORD@HOST/simple/`), in `~/.netrc`, or in the keyring';

const slowResponse =
  /sent less than \d+ bytes a second|(no final response|the complete response did not arrive) within \d+ s/;

/**
 * Returns the next step for a failure of which only the message is known, because it was recorded by another process.
 * Undefined if the message names no known cause.
 */
export function networkHintOfText(text: string): string | undefined {
  if (/\bstatus 40[13]\b/.test(text)) return credentialsHint;
  if (/\bstatus 407\b/.test(text)) return proxyStatusHint(407);
  const codes = [...text.matchAll(/\b[A-Z][A-Z0-9_]{4,}\b/g)].map(([code]) => code);
  const cause = codes.map(causeOf).find((known) => known !== undefined);
  if (cause === undefined && slowResponse.test(text)) return hints.slow;
  if (cause === undefined) return /within the time limit/.test(text) ? hints['time-out'] : undefined;
  return (/through the proxy/.test(text) ? proxyHints[cause] : undefined) ?? hints[cause];
}

/** Checks whether an error, or one of its causes, is a failed connection. */
export function isNetworkError(error: unknown): boolean {
  return withCauses(error).some(
    (one) => proxyStatus(one) !== undefined || [one.code, one.name].some((code) => causeOf(code) !== undefined),
  );
}

/** Returns the next step after a status of the proxy itself. */
export function proxyStatusHint(status: number): string {
  return status === 407
    ? 'add user and password to the proxy URL: `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`'
    : 'ask the administrators of the proxy to allow the host, or add it to `NO_PROXY`';
}

type Failure = { readonly code?: unknown; readonly name?: unknown; readonly message?: unknown };

const maxCauses = 10;

/** Returns an error, its causes, and the first attempt of each group of attempts (`AggregateError`). */
function withCauses(error: unknown): readonly Failure[] {
  const found: Failure[] = [];
  let next: unknown = error;
  while (typeof next === 'object' && next !== null && found.length < maxCauses) {
    found.push(next);
    const { cause, errors } = next as { readonly cause?: unknown; readonly errors?: readonly unknown[] };
    next = Array.isArray(errors) && errors.length > 0 ? errors[0] : cause;
  }
  return found;
}

/** Families of codes, for those that the table lacks. */
const causeByPattern: readonly (readonly [RegExp, Cause])[] = [
  [/^EAI_\w+$/, 'name'],
  [/^ERR_SSL_\w+$/, 'no-tls'],
  [/^(CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/, 'issuer'],
];

function causeOf(code: unknown): Cause | undefined {
  if (typeof code !== 'string') return undefined;
  if (Object.hasOwn(causeByCode, code)) return causeByCode[code];
  return causeByPattern.find(([pattern]) => pattern.test(code))?.[1];
}

/** Returns the status of a proxy that refused a request or a tunnel. undici gives it in the message only. */
function proxyStatus({ code, message }: Failure): number | undefined {
  if (typeof message !== 'string') return undefined;
  const [, tunnel] = /^Proxy response \((\d{3})\) !== 200/.exec(message) ?? [];
  if (tunnel !== undefined) return Number(tunnel);
  return code === 'UND_ERR_INVALID_ARG' && message.includes('Proxy Authentication Required') ? 407 : undefined;
}
