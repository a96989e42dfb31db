import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventInput, eventPattern } from '../../workflow/definition.ts';
import type { InfraOptions } from '../options.ts';
import { keepFailedEvents } from './failed-events.ts';
import type { StackFunction } from './function.ts';

/**
 * Returns the pattern of a finished import into package-install. Unlike CloudTrail's events, its delivery is assured.
 */
export const importedPattern = ({ domain, installRepository }: InfraOptions) => ({
  source: ['aws.codeartifact'],
  'detail-type': ['CodeArtifact Package Version State Change'],
  detail: {
    domainName: [domain],
    repositoryName: [installRepository],
    packageFormat: ['pypi'],
    operationType: ['Created', 'Updated'],
    packageVersionState: ['Published'],
  },
});

const importedInput = {
  inputPathsMap: { package: '$.detail.packageName', version: '$.detail.packageVersion' },
  inputTemplate: '{"package": <package>, "version": <version>}',
};

type Rule = {
  readonly id: string;
  readonly description: string;
  readonly pattern?: object;
  readonly schedule?: string;
  readonly state: string;
  readonly input?: { readonly inputPathsMap: Record<string, string>; readonly inputTemplate: string };
  /** The function's input in place of the event. */
  readonly constant?: object;
  readonly target: StackFunction;
};

/** Adds the rules that start functions: 404 events, finished imports, and schedules. */
export function eventRules(
  parent: Construct,
  options: InfraOptions,
  functions: Readonly<Record<'Missing' | 'Imported' | 'Recheck', StackFunction>>,
  queue: Queue,
): void {
  const scope = new Construct(parent, 'Events');
  const { domain, secureRepository: repository, recheckHours: hours } = options;
  const rules: Rule[] = [
    {
      id: 'MissingRule',
      description: 'A read of secure-pypi failed: starts a vetting of the project',
      pattern: eventPattern({ domain, repository }),
      // ReadFromRepository is a read-only management event, which a rule in state ENABLED may not receive.
      state: options.missingEvents ? 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' : 'DISABLED',
      input: { inputPathsMap: eventInput.InputPathsMap, inputTemplate: eventInput.InputTemplate },
      target: functions.Missing,
    },
    {
      id: 'ImportedRule',
      description: 'CodeArtifact finished importing a release into package-install',
      pattern: importedPattern(options),
      state: 'ENABLED',
      input: importedInput,
      target: functions.Imported,
    },
    {
      id: 'RecheckRule',
      description: 'Checks vetted releases again and requests newer ones',
      schedule: `rate(${hours} ${hours === 1 ? 'hour' : 'hours'})`,
      state: 'ENABLED',
      target: functions.Recheck,
    },
    {
      id: 'StuckRule',
      description: 'Counts requests whose execution stopped without a result',
      schedule: 'rate(10 minutes)',
      state: 'ENABLED',
      constant: { only: 'stuck' },
      target: functions.Recheck,
    },
  ];
  for (const rule of rules) addRule(scope, rule, queue);
  for (const target of [functions.Missing, functions.Imported, functions.Recheck])
    keepFailedEvents(target, queue, options);
}

function addRule(scope: Construct, rule: Rule, queue: Queue): void {
  const { id, description, pattern, schedule, state, input, constant, target } = rule;
  const created = new CfnRule(scope, id, {
    description,
    state,
    ...(pattern === undefined ? {} : { eventPattern: pattern }),
    ...(schedule === undefined ? {} : { scheduleExpression: schedule }),
    targets: [
      {
        id: 'Function',
        arn: target.handler.functionArn,
        deadLetterConfig: { arn: queue.queueArn },
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
        ...(input === undefined ? {} : { inputTransformer: input }),
        ...(constant === undefined ? {} : { input: JSON.stringify(constant) }),
      },
    ],
  });
  target.handler.addPermission(`${id}Invokes`, {
    principal: new ServicePrincipal('events.amazonaws.com'),
    sourceArn: created.attrArn,
  });
  queue.grantSendMessages(
    new ServicePrincipal('events.amazonaws.com', { conditions: { ArnEquals: { 'aws:SourceArn': created.attrArn } } }),
  );
}
