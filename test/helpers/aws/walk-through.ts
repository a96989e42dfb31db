import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { normaliseName } from '../../../src/index/names.ts';
import { executionName } from '../../../src/vetting/request-id.ts';
import { requestContent } from '../../vetting/examples.ts';
import { until } from '../awspip.ts';
import { sdist, wheel } from '../distributions.ts';
import type { Facts, PackageIndex } from '../package-index.ts';
import { stackNames, stateMachineArn } from '../stack-names.ts';
import type { Deployed } from './deployed.ts';

type WalkSystem = { readonly system: Deployed; readonly packageIndex: PackageIndex; readonly restoreSlack: () => void };

const publisher =
  (packageIndex: PackageIndex) =>
  (name: string, version: string, requires: readonly string[] = [], facts: Facts = {}) =>
    packageIndex.publish(name, version, wheel({ name, version, requires }), facts);
const download = "import urllib.request\nurllib.request.urlopen('https://example.org/')\n";
const denied = { status: 403, error: 'AccessDeniedException', body: { message: 'for the sake of the test' } };

/** Publishes a release to secure-pypi as twine does. */
async function uploadOwn({ stack }: Deployed, { filename, bytes, sha256 }: ReturnType<typeof wheel>): Promise<void> {
  const [name = '', version = ''] = filename.split('-');
  const form = new FormData();
  const fields = { ':action': 'file_upload', protocol_version: '1', metadata_version: '2.1', filetype: 'bdist_wheel' };
  for (const [key, value] of Object.entries({ ...fields, name, version, sha256_digest: sha256 }))
    form.append(key, value);
  form.append('content', new Blob([new Uint8Array(bytes)]), filename);
  const authorization = `Basic ${Buffer.from(`aws:${stack.secret.reveal()}`).toString('base64')}`;
  const { domain, owner, secure } = stackNames;
  const url = `${stack.endpoint}/pypi/d/${domain}-${owner}/${secure}/`;
  const answer = await fetch(url, { method: 'POST', body: form, headers: { authorization } });
  if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
}

/** Makes the first write to the table that contains a text fail. */
function failOnce(system: Deployed, action: string, text: string): void {
  let done = false;
  system.gateway.faults.push((call) => {
    if (done || call.action !== action || !JSON.stringify(call.body).includes(text)) return undefined;
    done = true;
    return { ...denied, status: 400 };
  });
}

/** Runs one request of every kind, so that every function makes every call that it can make. */
export async function walkThrough(walk: WalkSystem): Promise<void> {
  const { system, packageIndex, restoreSlack } = walk;
  const publish = publisher(packageIndex);
  publish('good', '1.0', ['helper']);
  publish('helper', '1.0');
  publish('malicious', '1.0', [], { malware: ['1.0'] });
  publish('obscure', '1.0', [], { downloads: 5, stars: 0, olderVersions: 0 });
  expect((await system.vet('good')).kind).toBe('secure');
  expect((await system.vet('malicious')).record.status).toBe('BLOCKED');
  expect((await system.vet('obscure')).kind).toBe('refused');
  publish('recent', '1.0', [], { uploadTime: new Date(Date.now() - 3_600_000).toISOString() });
  expect((await system.vet('recent')).kind).toBe('refused');
  // A new file appears upstream, so the copy overwrites the release with fewer files.
  packageIndex.publish('good', '1.0', await sdist({ name: 'good', version: '1.0', buildRequires: [] }));
  publish('flit-core', '3.9');
  expect((await system.vet('good>=1')).kind).toBe('secure');
  // The sdist is on hold, so that the release is copied and the sdist is withheld.
  publish('mixed', '1.0');
  packageIndex.publish('mixed', '1.0', await sdist({ name: 'mixed', version: '1.0', buildScript: download }));
  expect((await system.vet('mixed')).kind).toBe('secure');
  // The company's own package is only in secure-pypi. Its dependency is vetted.
  publish('of-own', '1.0');
  await uploadOwn(system, wheel({ name: 'acme-app', version: '1.0', requires: ['of-own'] }));
  expect((await system.vet('acme-app')).kind).toBe('secure');
  expect(await system.store.readRelease({ name: normaliseName('of-own'), version: '1.0' })).toMatchObject({
    status: 'SECURE',
  });
  // A record that another execution changes stays unfinished, so the batch is repeated.
  publish('lost', '1.0');
  let lost = false;
  system.gateway.faults.push(({ caller, action, body }) => {
    const { pk } = (body.Key ?? {}) as { pk?: { S: string } };
    if (lost || caller !== 'Copy' || action !== 'dynamodb:UpdateItem' || pk?.S !== 'pypi#lost') return undefined;
    lost = true;
    return { status: 400, error: 'ConditionalCheckFailedException', body: { message: 'for the sake of the test' } };
  });
  expect((await system.vet('lost')).kind).toBe('secure');
  // A notice is sent twice, so Slack must fail until the second failure is recorded.
  await until('a failed notice to be recorded', () =>
    system.gateway.calls.some(({ caller, action }) => caller === 'Notify' && action === 'dynamodb:UpdateItem'),
  );
  restoreSlack();
  await concurrentAttempts(walk);
  // Whole tasks fail: in a batch, during the claim, and after the claim.
  for (const [at, [action, text]] of Object.entries([
    ['dynamodb:PutItem', '"e#1.0"'],
    ['dynamodb:PutItem', '"claim"'],
    ['dynamodb:UpdateItem', '"done"'],
  ] as const)) {
    publish(`fails-${at}`, '1.0');
    failOnce(system, action, text);
    expect((await system.vet(`fails-${at}`)).kind).toBe('error');
  }
}

/** Starts a second attempt of a running request, which the running execution answers. */
async function concurrentAttempts({ system, packageIndex }: WalkSystem): Promise<void> {
  const publish = publisher(packageIndex);
  publish('slow', '1.0');
  const release = packageIndex.delayRequests('slow');
  const first = system.vet('slow');
  const { requestId, requestedBy } = await until('a claim', async () => {
    const { requests } = await system.store.listByStatus('CHECK', { limit: 10 });
    return requests.find(({ roots }) => roots.includes('slow'));
  });
  const second = { ...requestContent('slow'), requestedBy, requestId, attempt: 2 };
  let raised = false;
  system.gateway.faults.push(({ action, body }) => {
    raised ||= action === 'dynamodb:UpdateItem' && String(body.UpdateExpression).startsWith('SET #attempt');
    return undefined;
  });
  const [name, input] = [executionName(second), JSON.stringify(second)];
  await system.sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  await until('its claim', () => raised);
  release();
  expect((await first).kind).toBe('secure');
}
