import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { endpointFaults } from './endpoint-faults.ts';
import { type FaultyEndpoint, startFaultyEndpoint } from './faulty-endpoint.ts';
import { stackVariables } from './load.ts';

let packageIndex: PackageIndex;
let stackUser: Sandbox;
let endpoint: FaultyEndpoint;
/** A client that takes the local stack for AWS, through the proxy. */
let client: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  stackUser = await sandbox(packageIndex.environment);
  const variables = await stackVariables(stackUser);
  endpoint = await startFaultyEndpoint(variables.AWS_ENDPOINT_URL ?? '');
  const [, domain = '', owner = ''] = /\/d\/(local-\w+)-(\d+)\//.exec(variables.PIP_INDEX_URL ?? '') ?? [];
  client = await sandbox({
    AWSPIP_STACK: 'aws',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWSPIP_DOMAIN: domain,
    AWSPIP_DOMAIN_OWNER: owner,
    AWSPIP_TABLE: domain,
    AWSPIP_STATE_MACHINE: variables.AWSPIP_STATE_MACHINE ?? '',
    AWSPIP_TOKEN_CACHE: 'off',
    AWSPIP_WAIT: '120',
    AWS_ENDPOINT_URL: endpoint.origin,
    AWS_ACCESS_KEY_ID: variables.AWS_ACCESS_KEY_ID ?? '',
    AWS_SECRET_ACCESS_KEY: variables.AWS_SECRET_ACCESS_KEY ?? '',
    AWS_REGION: variables.AWS_REGION ?? '',
  });
});
afterAll(async () => {
  await client.remove();
  await stackUser.remove();
  endpoint.close();
  await packageIndex.close();
});

describe('a service that answers', () => {
  test.each(endpointFaults.map((fault, at) => [...fault, at] as const))(
    '%s with %s is survived, or named',
    async (operation, _, fault, ending, at) => {
      const name = `faulty-${at}`;
      packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
      const remove = endpoint.inject((call) => new RegExp(`^${operation}`).test(call.operation), fault);
      const { exitCode, stdout, stderr } = await client.run(['install', '--no-cache-dir', '--target', name, name]);
      remove();
      const output = `${stdout}${stderr}`;
      expect([exitCode, output]).toEqual([ending === 'recovers' ? 0 : ending.exitCode, expect.any(String)]);
      if (ending === 'recovers') return;
      expect(output).toMatch(ending.cause);
      expect(output).not.toMatch(/at .*\.js:\d+/);
      const again = await client.run(['install', '--no-cache-dir', '--target', name, name]);
      expect([again.exitCode, again.exitCode === 0 ? '' : again.stderr]).toEqual([0, '']);
    },
  );
});
