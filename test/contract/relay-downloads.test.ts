import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { devNull } from 'node:os';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Relay } from '../../src/relay/types.ts';
import { wheel } from '../relay/distributions.ts';
import { type Harness, openHarness, requestPage, requestThroughRelay } from '../relay/harness.ts';
import { type ListedFile, sha256 } from '../relay/repository-double.ts';

const alpha = wheel('alpha', '1.0');
const large = { ...wheel('alpha', '2.0'), bytes: Buffer.alloc(2_000_000, 'any bytes, because nothing unpacks them') };

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness();
  harness.repository.projects.set('alpha', [alpha]);
});
afterEach(async () => harness.close());

/**
 * Reads a file as pip-tools does for `--generate-hashes`: whatever the status, the raw body is hashed. Prints the digest.
 */
const hashingClient = `
import hashlib, sys
from pip._vendor import requests
session = requests.Session()
session.trust_env = False
session.proxies = {'http': sys.argv[1]}
digest = hashlib.sha256()
response = session.get(sys.argv[2], stream=True)
for chunk in iter(lambda: response.raw.read(8192), b''):
    digest.update(chunk)
print(digest.hexdigest())
`;

function readDigest(relay: Relay, url: string) {
  return execa('python3', ['-c', hashingClient, relay.proxyUrl, url], {
    reject: false,
    env: { PIP_CONFIG_FILE: devNull },
  });
}

/** Sends the first half of a file, and then `end` of the connection. */
const sendHalf =
  (end: (response: ServerResponse) => void) =>
  (file: ListedFile, response: ServerResponse): void => {
    response.write(file.bytes.subarray(0, file.bytes.length / 2), () => setTimeout(() => end(response), 20));
  };

describe('a listed file that cannot be fetched breaks the connection, so that nobody hashes an error text', () => {
  const status = (code: number) => () => {
    harness.repository.status = (path) => (path.endsWith('.whl') ? code : undefined);
  };
  const faults: Readonly<Record<string, { readonly cause: () => void; readonly kind: string }>> = {
    '401': { cause: status(401), kind: 'denied' },
    '403': { cause: status(403), kind: 'denied' },
    '404': { cause: status(404), kind: 'unavailable' },
    '418': { cause: status(418), kind: 'unavailable' },
    '429': { cause: status(429), kind: 'throttled' },
    '500': { cause: status(500), kind: 'unavailable' },
    'other bytes': {
      cause: () => void harness.repository.projects.set('alpha', [{ ...alpha, sha256: sha256(Buffer.from('other')) }]),
      kind: 'digest-mismatch',
    },
    'an empty file': {
      cause: () => {
        harness.repository.send = (_file, response) => {
          response.removeHeader('content-length');
          response.end();
        };
      },
      kind: 'unavailable',
    },
    'half of the bytes, and then a reset each time': {
      cause: () => {
        harness.repository.send = sendHalf((response) => response.socket?.resetAndDestroy());
      },
      kind: 'unavailable',
    },
    'half of the bytes with another length, and then the rest': {
      cause: () => {
        harness.repository.send = (file, response) => {
          const { length } = file.bytes;
          const [, start] = /^bytes=(\d+)-$/.exec(response.req.headers.range ?? '') ?? [];
          response.setHeader('content-length', start === undefined ? length - 10 : length - Number(start));
          if (start === undefined) return sendHalf((each) => each.socket?.resetAndDestroy())(file, response);
          response.setHeader('content-range', `bytes ${start}-${length - 1}/${length}`);
          response.writeHead(206).end(file.bytes.subarray(Number(start)));
        };
      },
      kind: 'unavailable',
    },
    'half of the bytes without a length, and then the end': {
      cause: () => {
        harness.repository.send = (file, response) => {
          response.removeHeader('content-length');
          response.useChunkedEncodingByDefault = false;
          response.writeHead(200, { connection: 'close' });
          sendHalf((each) => each.end())(file, response);
        };
      },
      kind: 'unavailable',
    },
  };

  test.each(Object.entries(faults))('after %s', async (_description, { cause, kind }) => {
    cause();
    const relay = await harness.relay();
    const { links } = await requestPage(relay, 'alpha');
    const { stdout, exitCode, stderr } = await readDigest(relay, links[0]!);
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 1 });
    expect(relay.observed().servedFiles).toEqual([]);
    expect(relay.observed().failures).toMatchObject([
      { kind, cause: expect.stringContaining(alpha.filename), url: expect.stringContaining('127.0.0.1') },
    ]);
    // Another attempt of the client breaks too, and the repository is not asked again.
    const requests = harness.repository.endpointRequests.length;
    await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow('ECONNRESET');
    expect(harness.repository.endpointRequests).toHaveLength(requests);
  });

  test('of a lock file, if its page fails', async () => {
    harness.repository.status = () => 503;
    const relay = await harness.relay();
    const url = `http://${relay.host}/files/${sha256(alpha.bytes).slice(0, 16)}/${alpha.filename}`;
    expect((await readDigest(relay, url)).stdout).toBe('');
    expect(relay.observed()).toMatchObject({ unlistedFiles: [], failures: [{ kind: 'unavailable', status: 503 }] });
  });

  test('while a served file has its digest', async () => {
    const relay = await harness.relay();
    const { links } = await requestPage(relay, 'alpha');
    expect((await readDigest(relay, links[0]!)).stdout).toBe(createHash('sha256').update(alpha.bytes).digest('hex'));
  });
});

describe('a download that breaks off between relay and repository', () => {
  beforeEach(() => void harness.repository.projects.set('alpha', [large]));

  test('goes on where it stopped, and leaves no failure', async () => {
    let ranges = 0;
    harness.repository.send = (file, response) => {
      const [, start] = /^bytes=(\d+)-$/.exec(response.req.headers.range ?? '') ?? [];
      if (start === undefined) return sendHalf((each) => each.socket?.resetAndDestroy())(file, response);
      ranges += 1;
      const rest = file.bytes.subarray(Number(start));
      response.setHeader('content-range', `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}`);
      response.setHeader('content-length', rest.length);
      response.writeHead(206).end(rest);
    };
    const relay = await harness.relay();
    const { links } = await requestPage(relay, 'alpha');
    const { body } = await requestThroughRelay(relay, links[0]!);
    expect(sha256(Buffer.from(body, 'latin1'))).toBe(sha256(large.bytes));
    expect(ranges).toBe(1);
    expect(relay.observed()).toMatchObject({ failures: [], servedFiles: [large.filename] });
  });

  test('starts again if the repository has no ranges', async () => {
    let attempts = 0;
    harness.repository.send = (file, response) => {
      attempts += 1;
      if (attempts === 1) return sendHalf((each) => each.socket?.resetAndDestroy())(file, response);
      response.end(file.bytes);
    };
    const relay = await harness.relay();
    const { links } = await requestPage(relay, 'alpha');
    const { body } = await requestThroughRelay(relay, links[0]!);
    expect(sha256(Buffer.from(body, 'latin1'))).toBe(sha256(large.bytes));
    expect(attempts).toBe(2);
  });

  test('is a wrong file, not a lost connection, if the file changed meanwhile', async () => {
    let attempts = 0;
    harness.repository.send = (file, response) => {
      attempts += 1;
      if (attempts === 1) return sendHalf((each) => each.socket?.resetAndDestroy())(file, response);
      response.end(Buffer.alloc(file.bytes.length, 'y'));
    };
    const relay = await harness.relay();
    const { links } = await requestPage(relay, 'alpha');
    await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow();
    expect(relay.observed().failures).toMatchObject([
      { kind: 'digest-mismatch', cause: expect.stringContaining(sha256(large.bytes)) },
    ]);
  });
});

test('a failure of a page is forgotten once the page is read', async () => {
  let failures = 3;
  harness.repository.status = () => (failures-- > 0 ? 503 : undefined);
  const relay = await harness.relay();
  await requestPage(relay, 'alpha');
  expect(relay.observed().failures).toMatchObject([{ kind: 'unavailable', status: 503 }]);
  await requestPage(relay, 'alpha');
  expect(relay.observed().failures).toEqual([]);
});

test('Retry-After in seconds and as a date sets the pause, within the time limit', async () => {
  const pauses: number[] = [];
  const headers = ['2', new Date(Date.now() + 10_000).toUTCString()];
  harness.repository.status = () => undefined;
  const relay = await harness.relay({
    sleep: async (milliseconds) => void pauses.push(milliseconds),
  });
  const { links } = await requestPage(relay, 'alpha');
  harness.repository.send = (file, response) => {
    const retryAfter = headers.shift();
    if (retryAfter === undefined) return void response.end(file.bytes);
    response.removeHeader('content-length');
    response.writeHead(503, { 'retry-after': retryAfter }).end();
  };
  expect((await requestThroughRelay(relay, links[0]!)).status).toBe(200);
  expect(pauses[0]).toBe(2_000);
  expect(pauses[1]).toBeGreaterThan(7_000);
  expect(pauses[1]).toBeLessThanOrEqual(10_000);
});

test('the repository’s own words and the host are part of the cause, and a network failure has its hint', async () => {
  harness.repository.send = (_file, response) => {
    response.removeHeader('content-length');
    response.writeHead(503, { 'content-type': 'text/plain' });
    response.end('`alpha` could not be fetched from `https://files.example`: status 403\nmore');
  };
  const relay = await harness.relay();
  const { links } = await requestPage(relay, 'alpha');
  await expect(requestThroughRelay(relay, links[0]!)).rejects.toThrow();
  expect(relay.observed().failures[0]?.cause).toMatch(
    /alpha-1\.0-py3-none-any\.whl: the repository at `127\.0\.0\.1:\d+` failed \(503\): `alpha` could not be fetched from `https:\/\/files\.example`: status 403$/,
  );
  const unreachable = await harness.relay({ endpoint: 'http://127.0.0.1:9/pypi/secure-pypi/' });
  await requestPage(unreachable, 'alpha');
  expect(unreachable.observed().failures).toMatchObject([
    { cause: expect.stringContaining('127.0.0.1:9'), hint: expect.stringContaining('check host and port') },
  ]);
});
