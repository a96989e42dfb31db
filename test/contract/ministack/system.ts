import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Sandbox } from '../../helpers/awspip.ts';
import { wheel } from '../../helpers/distributions.ts';
import { type Deployment, type Emulated, ministackRuntimes, openEmulated } from '../../helpers/ministack/deployment.ts';
import { type Facts, type PackageIndex, startPackageIndex } from '../../helpers/package-index.ts';

/** The deployed system of a test file, with one user who has set up awspip. */
export type DeployedSystem = {
  readonly packageIndex: PackageIndex;
  readonly emulated: Emulated;
  readonly deployment: Deployment;
  readonly user: Sandbox;
  /** Publishes version 1.0 of a project in the public index. */
  publish(name: string, facts?: Facts): void;
  /** Returns the ARNs of the executions of the workflow. */
  executions(): Promise<readonly string[]>;
};

/**
 * Deploys the stack on ministack before the tests of a file, and returns a function that returns it. The tests are
 * skipped with a reason if what they need cannot be installed.
 */
export function deployedSystem(): () => DeployedSystem {
  let why: string | undefined;
  let system: DeployedSystem | undefined;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const runtimes = await ministackRuntimes();
    if ('why' in runtimes) {
      why = runtimes.why;
      return;
    }
    const packageIndex = await startPackageIndex();
    closers.push(packageIndex.close);
    const emulated = await openEmulated(runtimes, { packageIndex });
    closers.push(emulated.close);
    const deployment = await emulated.deploy();
    const user = await emulated.user();
    closers.push(user.remove);
    const publish = (name: string, facts: Facts = {}) =>
      packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }), facts);
    const executions = () => executionsOf(user.environment, deployment);
    system = { packageIndex, emulated, deployment, user, publish, executions };
  }, 400_000);
  beforeEach(({ skip }) => {
    if (why !== undefined) skip(why);
  });
  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
  });

  return () => {
    if (system === undefined) throw new Error('nothing is deployed');
    return system;
  };
}

async function executionsOf(environment: Sandbox['environment'], { outputs }: Deployment): Promise<readonly string[]> {
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = environment;
  const sfn = new SFNClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: outputs.StateMachine }));
  return executions.map(({ executionArn = '' }) => executionArn);
}
