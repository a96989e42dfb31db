import { type App, CfnRule, type Environment, Fn, Stack } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { accessPolicies, controlsEntry, originControls } from './access-controls.ts';
import { eventRules } from './constructs/events.ts';
import { existingControls } from './constructs/existing-controls.ts';
import { existingNetwork } from './constructs/existing-network.ts';
import { failedEvents } from './constructs/failed-events.ts';
import { fetcher } from './constructs/fetcher.ts';
import { firewallApi } from './constructs/firewall-api.ts';
import { lambdaFunction, type StackFunction } from './constructs/function.ts';
import { monitoring } from './constructs/monitoring.ts';
import { policyBucket } from './constructs/policy-bucket.ts';
import { repositories } from './constructs/repositories.ts';
import { settings } from './constructs/settings.ts';
import { table } from './constructs/table.ts';
import { trail } from './constructs/trail.ts';
import { userPolicies } from './constructs/user-policies.ts';
import { workflow } from './constructs/workflow.ts';
import { configurationOf, environmentOf } from './function-configurations.ts';
import { entryOf, type FunctionName, functionNames } from './function-names.ts';
import type { InfraOptions } from './options.ts';
import { functionPermissions } from './permissions.ts';
import { codeArtifactRegions } from './regions.ts';
import { ownerOf, resourceArnsOf, resourceNames } from './resource-arns.ts';

/** Returns the stack of the whole system. `code` returns the bundle of an entry in `functions/`. */
export function defenderStack(app: App, options: InfraOptions, code: (entry: string) => Code): Stack {
  const stack = new Stack(app, options.name, {
    description: 'Supply Chain Defender: vets Python packages before they can be installed',
    terminationProtection: false,
    env: environmentOfStack(options),
  });
  requireCodeArtifactRegion(stack);
  const bucket = policyBucket(stack, options);
  const { domain, installRepository } = resourceArnsOf(stack, { options, policyBucketArn: bucket.bucketArn });
  const fetchInstance = fetcher(stack, options, domain[0] ?? '', installRepository[0] ?? '');
  const arns = resourceArnsOf(stack, { options, policyBucketArn: bucket.bucketArn, ...fetchInstance });

  const permissions = functionPermissions(options.ingest, {
    hasIndexes: options.indexes.length > 0,
    hasTopic: options.noticeTopicArn !== undefined,
  });
  const network = existingNetwork(stack, options);
  const values = {
    ...resourceNames(options),
    account: stack.account,
    owner: ownerOf(stack, options),
    policyBucket: bucket.bucketName,
    stateMachineArn: arns.stateMachine[0] ?? '',
    fetchDocument: fetchInstance?.documentName,
    instanceId: fetchInstance?.instanceId,
  };
  const createFunction = (name: FunctionName): StackFunction =>
    lambdaFunction(stack, {
      name,
      entry: entryOf(name),
      configuration: configurationOf(name, options),
      options,
      arns,
      network,
      permissions: permissions[name],
      code: code(entryOf(name, options.ingest)),
      environment: { ...environmentOf(name, options, values), STACK: options.name },
    });
  const functions = Object.fromEntries(functionNames.map((name) => [name, createFunction(name)])) as Record<
    FunctionName,
    StackFunction
  >;
  const { partition, account, region } = stack;
  const policies = accessPolicies({ options, partition, account, owner: values.owner, region, permissions });
  const groups = originControls(options);
  repositories(stack, options, policies, groups);
  existingControls(stack, { options, policies, groups, arns, network, code: code(controlsEntry) });
  const machine = workflow(stack, options, (name) => functions[name].handler);
  const queue = failedEvents(stack, options);
  eventRules(stack, options, functions, queue);
  trail(stack, options);
  settings(stack, options, {
    arns,
    policyBucket: bucket,
    packageCheck: firewallApi(functions.PackageCheck),
    policies: userPolicies(stack, options, arns),
  });
  monitoring(stack, options, { machine, functions, queue });
  table(stack, options);
  return stack;
}

function environmentOfStack({ account, region }: InfraOptions): Environment {
  return { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
}

/** Adds a rule that fails the deployment before it creates anything in a region without CodeArtifact. */
function requireCodeArtifactRegion(stack: Stack): void {
  new CfnRule(stack, 'CodeArtifactIsOffered', {
    assertions: [
      {
        assert: Fn.conditionContains([...codeArtifactRegions], stack.region),
        assertDescription: `CodeArtifact is available only in ${codeArtifactRegions.join(', ')}`,
      },
    ],
  });
}
