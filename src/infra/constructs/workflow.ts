import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { vettingWorkflow } from '../../workflow/definition.ts';
import { roleName } from '../access-controls.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { type FunctionName, functionOfTask, taskFunctions } from '../function-names.ts';
import type { InfraOptions } from '../options.ts';
import { resourceNames } from '../resource-arns.ts';
import { logEncryption } from './encryption.ts';

/**
 * Adds the vetting workflow: the same document as in the local stack, with the ARNs of the functions' current versions.
 * An execution keeps its document, so it ends with the code with which it began.
 */
export function workflow(
  parent: Construct,
  options: InfraOptions,
  handlerOf: (name: FunctionName) => LambdaFunction,
): StateMachine {
  const scope = new Construct(parent, 'Vetting');
  const role = new Role(scope, 'Role', {
    roleName: roleName(options, 'vetting'),
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: 'Calls the tasks of the vetting workflow',
  });
  const versions = taskFunctions.map((name) => `${handlerOf(name).functionArn}:*`);
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: versions }));
  const logs = new LogGroup(scope, 'Logs', {
    // With this prefix many state machines share one resource policy, whose size is limited.
    logGroupName: `/aws/vendedlogs/states/${resourceNames(options).stateMachine}`,
    retention: options.logDays as RetentionDays,
    ...logEncryption(scope, options),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const machine = new StateMachine(scope, 'StateMachine', {
    stateMachineName: resourceNames(options).stateMachine,
    definitionBody: DefinitionBody.fromString(
      JSON.stringify(vettingWorkflow((task) => handlerOf(functionOfTask[task]).currentVersion.functionArn)),
    ),
    role,
    // The logs don't contain what people request.
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
    tracingEnabled: true,
  });
  acknowledgeWildcards(role, [
    { arn: '*', reason: 'log delivery and X-Ray have no resources (Step Functions guide)' },
    ...versions.map((arn) => ({ arn, reason: 'a running execution calls the versions with which it began' })),
  ]);
  return machine;
}
