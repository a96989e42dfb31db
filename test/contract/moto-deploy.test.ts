import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStateMachineCommand, DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entryOf, functionOfTask } from '../../src/infra/function-names.ts';
import { synthesize } from '../../src/infra/synthesize.ts';
import { parseStackSettings } from '../../src/settings/stack-settings.ts';
import { awaitVetting } from '../../src/vetting/await-vetting.ts';
import { sfnStarter } from '../../src/vetting/starter.ts';
import { vettingStore } from '../../src/vetting/store.ts';
import { documentClient } from '../../src/vetting/table.ts';
import type { TaskName } from '../../src/workflow/task-names.ts';
import { workflowTasks } from '../../src/workflow/tasks.ts';
import { type Invoke, motoPython, startMoto } from '../helpers/aws/moto.ts';
import { release, requestContent } from '../vetting/examples.ts';
import { preparePorts } from '../workflow/prepare-ports.ts';

const name = 'supply-chain-defender';
const script = path.resolve(import.meta.dirname, '../helpers/aws/deploy.py');
/** Resource types that moto's CloudFormation doesn't support and skips. */
const unsupported =
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
  moto = await startMoto(interpreter.python, (...call) => invoke(...call));
  await moto.executing(false);
  // The outputs are left out, because they refer to unsupported resources.
  const input = JSON.stringify({ endpoint: moto.origin, template: { Resources } });
  deployed = JSON.parse((await execa(interpreter.python, [script], { input })).stdout);
}, 400_000);
afterAll(() => moto?.close());

const clients = () => ({
  endpoint: moto.origin,
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
});

test("moto's CloudFormation deploys the supported part of the template", ({ skip }) => {
  if (why !== undefined) return skip(why);
  expect(deployed.status).toBe('CREATE_COMPLETE');
  const missing = Object.values(Resources)
    .map(({ Type }) => Type)
    .filter((type) => !deployed.types.includes(type) && !unsupported.test(type));
  expect(missing).toEqual([]);
});

test('awspip reads the deployed settings, and a vetting runs with the deployed table and workflow', async ({
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
  const tasks = workflowTasks(preparePorts(store, Date.now, { upstream }).ports);
  invoke = async (functionName, payload) => {
    // The document names a version of each function: `…:function:NAME:1`.
    const { task } = payload as { readonly task: TaskName };
    if (!functionName.split(':').includes(`${name}-${entryOf(functionOfTask[task])}`))
      throw new Error(`no function ${functionName}`);
    return { result: (await tasks[task](payload)) ?? null };
  };
  // moto doesn't run state machines that CloudFormation created, so the test creates one from the deployed document.
  const sfn = new SFNClient(clients());
  const stateMachineArn = values['state-machine'] ?? '';
  const { definition, roleArn } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  expect(definition).not.toContain('Fn::');
  await moto.executing(true);
  await sfn.send(
    new CreateStateMachineCommand({ name: `${name}-vetting`, definition: withVersions(definition ?? ''), roleArn }),
  );
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const answer = await awaitVetting({
    ...{
      content: requestContent('first'),
      since: Date.now(),
      waitSeconds: 60,
      store,
      now: Date.now,
      random: Math.random,
    },
    starter: sfnStarter({ client: sfn, stateMachineArn, sleep, random: Math.random }),
    sleep: () => sleep(50),
    onProgress: () => {},
  });
  expect(answer).toMatchObject({ kind: 'secure', record: { counts: { releases: 2, secure: 2 } } });
  expect(await store.readRelease(release('second==1'), { consistent: true })).toMatchObject({ status: 'SECURE' });
  expect((await store.listByStatus('SECURE', { limit: 10 })).releases).toHaveLength(2);
});

/** Returns the document with the ARNs of versions. moto resolves a reference to a version to its logical id. */
function withVersions(definition: string): string {
  return definition.replace(/"FunctionName":"(\w+)"/g, (_, id: string) => {
    const { FunctionName: reference } = Resources[id]?.Properties ?? {};
    const { FunctionName: functionName } = Resources[reference.Ref]?.Properties ?? {};
    return `"FunctionName":"arn:aws:lambda:us-east-1:123456789012:function:${functionName}:1"`;
  });
}
