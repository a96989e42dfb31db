import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { stateMachineArn } from '../../../src/local/names.ts';
import { executionName } from '../../../src/vetting/request-id.ts';
import { requestContent } from '../../vetting/examples.ts';
import { until } from '../awspip.ts';
import { sdist, wheel } from '../distributions.ts';
import type { Facts, World } from '../package-index.ts';
import type { Deployed } from './deployed.ts';

type Stage = { readonly system: Deployed; readonly world: World; readonly slackIsBack: () => void };

const publisher =
  (world: World) =>
  (name: string, version: string, requires: readonly string[] = [], facts: Facts = {}) =>
    world.publish(name, version, wheel({ name, version, requires }), facts);
const denied = { status: 403, error: 'AccessDeniedException', body: { message: 'for the sake of the test' } };

/** One call that fails once, for one caller. */
function failOnce(system: Deployed, caller: string, action: string): void {
  let done = false;
  system.front.faults.push((call) => {
    if (done || call.caller !== caller || call.action !== action) return undefined;
    done = true;
    return { ...denied, status: action.startsWith('dynamodb') ? 400 : 403 };
  });
}

/** One of everything that may happen to a request, so that every function makes every call it ever makes. */
export async function walkThrough(stage: Stage): Promise<void> {
  const { system, world, slackIsBack } = stage;
  const publish = publisher(world);
  publish('good', '1.0', ['helper']);
  publish('helper', '1.0');
  publish('malicious', '1.0', [], { malware: ['1.0'] });
  publish('obscure', '1.0', [], { downloads: 5, stars: 0, olderVersions: 0 });
  expect((await system.ask('good')).kind).toBe('secure');
  expect((await system.ask('malicious')).record.status).toBe('BLOCKED');
  expect((await system.ask('obscure')).kind).toBe('refused');
  publish('young', '1.0', [], { uploadTime: new Date(Date.now() - 3_600_000).toISOString() });
  expect((await system.ask('young')).kind).toBe('refused');
  // It gains a file: the copy finds an older form of it, and overwrites that.
  world.publish('good', '1.0', await sdist({ name: 'good', version: '1.0', buildRequires: [] }));
  publish('flit-core', '3.9');
  expect((await system.ask('good>=1')).kind).toBe('secure');
  // A record that another writes meanwhile: what is left half done is given up at the end of the batch.
  publish('lost', '1.0');
  let lost = false;
  system.front.faults.push(({ caller, action, body }) => {
    const { pk } = (body.Key ?? {}) as { pk?: { S: string } };
    if (lost || caller !== 'Copy' || action !== 'dynamodb:UpdateItem' || pk?.S !== 'pypi#lost') return undefined;
    lost = true;
    return { status: 400, error: 'ConditionalCheckFailedException', body: { message: 'for the sake of the test' } };
  });
  expect((await system.ask('lost')).kind).toBe('error');
  expect((await system.ask('lost')).kind).toBe('secure');
  // A notice is tried twice: Slack must stay away until the second failure is noted.
  await until('a failed notice to be noted', () =>
    system.front.calls.some(({ caller, action }) => caller === 'Notify' && action === 'dynamodb:UpdateItem'),
  );
  slackIsBack();
  await twoAtOnce(stage);
  // Whole tasks fail: of a batch, while claiming, after claiming.
  for (const [at, [caller, action]] of Object.entries([
    ['Assess', 'dynamodb:PutItem'],
    ['Claim', 'dynamodb:PutItem'],
    ['Review', 'dynamodb:BatchGetItem'],
  ] as const)) {
    publish(`fails-${at}`, '1.0');
    failOnce(system, caller, action);
    expect((await system.ask(`fails-${at}`)).kind).toBe('error');
  }
}

/** Another attempt at a request that is being worked on: it is answered by the one at work. */
async function twoAtOnce({ system, world }: Stage): Promise<void> {
  const publish = publisher(world);
  publish('slow', '1.0');
  const release = world.holdBack('slow');
  const first = system.ask('slow');
  const { requestId, requestedBy } = await until('a claim', async () => {
    const { requests } = await system.store.listByStatus('CHECK', { limit: 10 });
    return requests.find(({ roots }) => roots.includes('slow'));
  });
  const second = { ...requestContent('slow'), requestedBy, requestId, attempt: 2 };
  const [name, input] = [executionName(second), JSON.stringify(second)];
  await system.sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  await until('its answer', () =>
    system.front.calls.some(({ caller, action }) => caller === 'Claim' && action === 'dynamodb:UpdateItem'),
  );
  release();
  expect((await first).kind).toBe('secure');
}
