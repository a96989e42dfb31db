import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { vettingWorkflow } from '../../workflow/definition.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { type FunctionName, functionOfTask, taskFunctions } from '../function-names.ts';
import type { InfraOptions } from '../options.ts';
import { resourceNames } from '../resource-arns.ts';

/** Adds the vetting workflow: the same document as in the local stack, with the functions' ARNs. */
export function workflow(
  parent: Construct,
  options: InfraOptions,
  functionArn: (name: FunctionName) => string,
): StateMachine {
  const scope = new Construct(parent, 'Vetting');
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: 'Calls the tasks of the vetting workflow',
  });
  role.addToPolicy(
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: taskFunctions.map(functionArn) }),
  );
  const logs = new LogGroup(scope, 'Logs', {
    // With this prefix many state machines share one resource policy, whose size is limited.
    logGroupName: `/aws/vendedlogs/states/${resourceNames(options).stateMachine}`,
    retention: options.logDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const machine = new StateMachine(scope, 'StateMachine', {
    stateMachineName: resourceNames(options).stateMachine,
    definitionBody: DefinitionBody.fromString(
      JSON.stringify(vettingWorkflow((task) => functionArn(functionOfTask[task]))),
    ),
    role,
    // The logs don't contain what people request.
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
    tracingEnabled: true,
  });
  acknowledgeWildcards(role, [{ arn: '*', reason: 'log delivery and X-Ray have no resources (Step Functions guide)' }]);
  return machine;
}
