import { type App, CfnRule, Fn, Stack } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { eventRules } from './constructs/events.ts';
import { failedEvents } from './constructs/failed-events.ts';
import { fetcher } from './constructs/fetcher.ts';
import { firewallApi } from './constructs/firewall-api.ts';
import { lambdaFunction, type MadeFunction } from './constructs/function.ts';
import { ownNetwork } from './constructs/network.ts';
import { people } from './constructs/people.ts';
import { policyBucket } from './constructs/policy-bucket.ts';
import { repositories } from './constructs/repositories.ts';
import { settings } from './constructs/settings.ts';
import { table } from './constructs/table.ts';
import { trail } from './constructs/trail.ts';
import { watching } from './constructs/watching.ts';
import { workflow } from './constructs/workflow.ts';
import { entryOf, type FunctionName, functionNames } from './function-names.ts';
import { environmentOf } from './function-shapes.ts';
import type { InfraOptions } from './options.ts';
import { codeArtifactRegions } from './regions.ts';
import { ownerOf, resourceArnsOf, resourceNames } from './repository-names.ts';
import { functionRights } from './rights.ts';

/** The whole system as one stack. `code` gives the bundle of an entry of `functions/`. */
export function defenderStack(app: App, options: InfraOptions, code: (entry: string) => Code): Stack {
  const { account, region } = options;
  const stack = new Stack(app, options.name, {
    description: 'Supply Chain Defender: packages are vetted before anyone can install them',
    terminationProtection: false,
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  });
  onlyWhereOffered(stack);
  const bucket = policyBucket(stack, options);
  const names = resourceArnsOf(stack, { options, policyBucketArn: bucket.bucketArn });
  const fetching = fetcher(stack, options, names.domain[0] ?? '', names.installRepository[0] ?? '');
  const arns = resourceArnsOf(stack, { options, policyBucketArn: bucket.bucketArn, ...fetching });
  table(stack, options);

  const rights = functionRights(options.ingest);
  const network = ownNetwork(stack, options);
  const known = {
    ...resourceNames(options),
    owner: ownerOf(stack, options),
    policyBucket: bucket.bucketName,
    stateMachineArn: arns.stateMachine[0] ?? '',
    fetchDocument: fetching?.documentName,
    instanceId: fetching?.instanceId,
  };
  const make = (name: FunctionName): MadeFunction =>
    lambdaFunction(stack, {
      name,
      options,
      arns,
      network,
      rights: rights[name],
      code: code(entryOf(name, options.ingest)),
      environment: { ...environmentOf(name, options, known), STACK: options.name },
    });
  const functions = Object.fromEntries(functionNames.map((name) => [name, make(name)])) as Record<
    FunctionName,
    MadeFunction
  >;
  repositories(stack, options, functions.Copy.role.roleArn);
  const machine = workflow(stack, options, (task) => functions[task].handler.functionArn);
  const queue = failedEvents(stack);
  eventRules(stack, options, functions, queue);
  trail(stack, options);
  settings(stack, options, {
    arns,
    policyBucket: bucket,
    packageCheck: firewallApi(functions.PackageCheck),
    policies: people(stack, options, arns),
  });
  watching(stack, options, { machine, functions, queue });
  return stack;
}

/** Said before anything is made, rather than by the first CodeArtifact resource that fails half way. */
function onlyWhereOffered(stack: Stack): void {
  new CfnRule(stack, 'CodeArtifactIsOffered', {
    assertions: [
      {
        assert: Fn.conditionContains([...codeArtifactRegions], stack.region),
        assertDescription: `CodeArtifact is offered in ${codeArtifactRegions.join(', ')} only`,
      },
    ],
  });
}
