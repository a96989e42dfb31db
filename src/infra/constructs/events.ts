import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventInput, eventPattern } from '../../workflow/definition.ts';
import type { InfraOptions } from '../options.ts';
import { keepFailures } from './failed-events.ts';
import type { MadeFunction } from './function.ts';

/** An import that CodeArtifact finished: this event is delivered for certain, unlike CloudTrail's. */
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
  /** What the function is given instead of the event. */
  readonly constant?: object;
  readonly target: MadeFunction;
};

/** What starts the stack's functions: plain pip's misses, imports, and the clock. */
export function eventRules(
  parent: Construct,
  options: InfraOptions,
  functions: Readonly<Record<'Missing' | 'Imported' | 'Recheck', MadeFunction>>,
  queue: Queue,
): void {
  const scope = new Construct(parent, 'Events');
  const { domain, secureRepository: repository, recheckHours: hours } = options;
  const rules: Rule[] = [
    {
      id: 'MissingRule',
      description: 'Someone read secure-pypi and it answered with an error',
      pattern: eventPattern({ domain, repository }),
      // ReadFromRepository is a read-only management event: a rule that is only ENABLED may never see it.
      state: options.missingEvents ? 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' : 'DISABLED',
      input: { inputPathsMap: eventInput.InputPathsMap, inputTemplate: eventInput.InputTemplate },
      target: functions.Missing,
    },
    {
      id: 'ImportedRule',
      description: 'CodeArtifact has finished importing a release into package-install',
      pattern: importedPattern(options),
      state: 'ENABLED',
      input: importedInput,
      target: functions.Imported,
    },
    {
      id: 'RecheckRule',
      description: 'Secure releases are looked up again, and newer ones asked for',
      schedule: `rate(${hours} ${hours === 1 ? 'hour' : 'hours'})`,
      state: 'ENABLED',
      target: functions.Recheck,
    },
    {
      id: 'StuckRule',
      description: 'Requests are counted whose execution is gone',
      schedule: 'rate(10 minutes)',
      state: 'ENABLED',
      constant: { only: 'stuck' },
      target: functions.Recheck,
    },
  ];
  for (const rule of rules) addRule(scope, rule, queue);
  for (const one of [functions.Missing, functions.Imported, functions.Recheck]) keepFailures(one, queue);
}

function addRule(scope: Construct, rule: Rule, queue: Queue): void {
  const { id, description, pattern, schedule, state, input, constant, target } = rule;
  const made = new CfnRule(scope, id, {
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
    sourceArn: made.attrArn,
  });
  queue.grantSendMessages(
    new ServicePrincipal('events.amazonaws.com', { conditions: { ArnEquals: { 'aws:SourceArn': made.attrArn } } }),
  );
}
