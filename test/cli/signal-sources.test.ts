import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

/** A source that answers with its rate limit, as GitHub does, and with a body. */
const limited = createServer((_request, response) => {
  response.writeHead(403, { 'content-type': 'application/json', 'x-ratelimit-remaining': '0' });
  response.end('{"message":"API rate limit exceeded"}');
});

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  packageIndex.publish('plain', '1.0', wheel({ name: 'plain', version: '1.0' }));
  packageIndex.publish('borderline', '1.0', wheel({ name: 'borderline', version: '1.0' }), {
    downloads: 200,
    olderVersions: 0,
    uploadTime: '2025-06-01T12:00:00Z',
  });
  await new Promise<void>((resolve) => limited.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(limited.address() as AddressInfo).port}`;
  user = await sandbox({ ...packageIndex.environment, AWSPIP_GITHUB_URL: origin, AWSPIP_DEPS_DEV_URL: origin });
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
  limited.closeAllConnections();
  limited.close();
});

test('a rate-limited source makes its signal unknown, and the local stack goes on', async () => {
  // Its worst case without stars is Green.
  const harmless = await user.run(['vet', 'plain']);
  expect([harmless.stderr, harmless.exitCode]).toEqual([expect.any(String), 0]);
  // The stars decide between Green and Yellow, so the release is on hold.
  const borderline = await user.run(['vet', 'borderline']);
  expect([borderline.stderr + borderline.stdout, borderline.exitCode]).toEqual([
    expect.stringMatching(/GitHub has reached its rate limit/),
    11,
  ]);
  const status = await user.run(['local', 'status']);
  expect(status.stdout + status.stderr).toContain('running');
});
