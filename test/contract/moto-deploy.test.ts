import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStateMachineCommand, DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryOf } from '../../src/infra/function-names.ts';
import { synthesize } from '../../src/infra/synthesize.ts';
import { parseStackSettings } from '../../src/settings/stack-settings.ts';
import { awaitVetting } from '../../src/vetting/await-vetting.ts';
import { sfnStarter } from '../../src/vetting/starter.ts';
import { vettingStore } from '../../src/vetting/store.ts';
import { documentClient } from '../../src/vetting/table.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { workflowTasks } from '../../src/workflow/tasks.ts';
import { type Invoke, motoPython, startMoto } from '../helpers/aws/moto.ts';
import { askFor, release } from '../vetting/examples.ts';
import { testWorld } from '../workflow/support.ts';

const name = 'supply-chain-defender';
const script = path.resolve(import.meta.dirname, '../helpers/aws/deploy.py');
/** moto's CloudFormation knows none of these; it passes them over. */
const passedOver =
  /^AWS::(CodeArtifact|CloudTrail)::|^AWS::(Lambda::Url|Lambda::EventInvokeConfig|S3::BucketPolicy|SQS::QueuePolicy|CloudWatch::\w+)$/;

let why: string | undefined;
let moto: Awaited<ReturnType<typeof startMoto>>;
let deployed: { status: string; types: string[] };
let invoke: Invoke = async () => ({ result: null });
const { Resources } = synthesize({ name });

beforeAll(async () => {
  const interpreter = await motoPython();
  if ('why' in interpreter) {
    why = interpreter.why;
    return;
  }
  moto = await startMoto(interpreter.python, (...asked) => invoke(...asked));
  await moto.executing(false);
  // Outputs name what moto passes over.
  const input = JSON.stringify({ endpoint: moto.origin, template: { Resources } });
  deployed = JSON.parse((await execa(interpreter.python, [script], { input })).stdout);
}, 400_000);
afterAll(() => moto?.close());

const clients = () => ({
  endpoint: moto.origin,
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
});

test('what moto’s CloudFormation knows of the template deploys to it', ({ skip }) => {
  if (why !== undefined) return skip(why);
  expect(deployed.status).toBe('CREATE_COMPLETE');
  const missing = Object.values(Resources)
    .map(({ Type }) => Type)
    .filter((type) => !deployed.types.includes(type) && !passedOver.test(type));
  expect(missing).toEqual([]);
});

test('the settings it stores are settings of awspip, and a vetting runs through its table and its workflow', async ({
  skip,
}) => {
  if (why !== undefined) return skip(why);
  const parameter = `/${name}/settings`;
  const { Parameter } = await new SSMClient(clients()).send(new GetParameterCommand({ Name: parameter }));
  const { values, ignored } = parseStackSettings(parameter, Parameter?.Value ?? '');
  expect(ignored).toEqual([]);

  const table = values.table ?? '';
  const document = documentClient(new DynamoDBClient(clients()));
  const store = vettingStore({ client: document, table, now: Date.now });
  const upstream = { first: { '2': { needs: ['second'] } }, second: { '1': {} } };
  const tasks = workflowTasks(testWorld(store, Date.now, { upstream }).ports);
  invoke = async (functionName, payload) => {
    const task = taskNames.find((one) => functionName.endsWith(`${name}-${entryOf(one)}`));
    if (task === undefined) throw new Error(`no function ${functionName}`);
    return { result: (await tasks[task](payload)) ?? null };
  };
  // moto runs no machine that CloudFormation made: the deployed document is taken from there, and made once more.
  const sfn = new SFNClient(clients());
  const stateMachineArn = values['state-machine'] ?? '';
  const { definition, roleArn } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(definition).not.toContain('Fn::');
  await moto.executing(true);
  await sfn.send(new CreateStateMachineCommand({ name: `${name}-vetting`, definition, roleArn }));
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const answer = await awaitVetting({
    ...{ ask: askFor('first'), since: Date.now(), waitSeconds: 60, store, now: Date.now, random: Math.random },
    starter: sfnStarter({ client: sfn, stateMachineArn, sleep, random: Math.random }),
    sleep: () => sleep(50),
    onProgress: () => {},
  });
  expect(answer).toMatchObject({ kind: 'secure', record: { counts: { releases: 2, secure: 2 } } });
  expect(await store.readRelease(release('second==1'), { consistent: true })).toMatchObject({ status: 'SECURE' });
  expect((await store.listByStatus('SECURE', { limit: 10 })).releases).toHaveLength(2);
});
