import { matchesPattern } from '../../../src/local/events/matches-pattern.ts';
import { transformInput } from '../../../src/local/events/transform-input.ts';
import { stackNames } from '../stack-names.ts';

type Rule = { readonly Name: string; readonly State: string; readonly EventPattern?: string };
type Target = {
  readonly Arn: string;
  readonly InputTransformer?: {
    readonly InputPathsMap: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
};

/**
 * Delivers an event of an AWS service to the functions of the deployed rules, and returns their ARNs. The emulator has
 * the rules, but like AWS it accepts no events of services from outside.
 */
export async function deliverEvent(emulator: string, event: object): Promise<readonly string[]> {
  const { Rules } = await eventBridge<{ Rules: readonly Rule[] }>(emulator, 'ListRules', {});
  const matching = Rules.filter(
    ({ State, EventPattern }) =>
      State !== 'DISABLED' && EventPattern !== undefined && matchesPattern(event, JSON.parse(EventPattern)),
  );
  const invoked: string[] = [];
  for (const { Name } of matching) {
    const { Targets } = await eventBridge<{ Targets: readonly Target[] }>(emulator, 'ListTargetsByRule', {
      Rule: Name,
    });
    for (const { Arn, InputTransformer } of Targets) {
      const input = InputTransformer === undefined ? JSON.stringify(event) : transformInput(event, InputTransformer);
      invokeLater(emulator, Arn, input);
      invoked.push(Arn);
    }
  }
  return invoked;
}

/** Returns CodeArtifact's event about an imported release. */
export const importedEvent = (domainName: string, packageName: string, packageVersion: string) => ({
  ...envelope,
  'detail-type': 'CodeArtifact Package Version State Change',
  detail: {
    ...{ domainName, domainOwner: stackNames.owner, repositoryName: stackNames.install, packageFormat: 'pypi' },
    ...{ packageName, packageVersion, packageNamespace: null, packageVersionState: 'Published' },
    operationType: 'Created',
  },
});

/** Returns CloudTrail's event about a read of secure-pypi that was answered with 404. */
export const missingEvent = (domainName: string, packageName: string, userAgent: string) => ({
  ...envelope,
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    ...{ eventSource: 'codeartifact.amazonaws.com', eventName: 'ReadFromRepository', userAgent },
    errorCode: 'ResourceNotFoundException',
    requestParameters: {
      ...{ domainName, domainOwner: stackNames.owner, repositoryName: stackNames.secure },
      ...{ packageFormat: 'pypi', packageName },
    },
  },
});

const envelope = { version: '0', source: 'aws.codeartifact', account: stackNames.owner, region: stackNames.region };

const authorization = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=${stackNames.owner}/20260101/${stackNames.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

async function eventBridge<T>(emulator: string, operation: string, body: object): Promise<T> {
  const answer = await fetch(emulator, {
    method: 'POST',
    headers: {
      authorization: authorization('events'),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSEvents.${operation}`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** The reserved concurrency of the functions that handle events. */
const lanes = 2;
const queues = new Map<string, { next: number; readonly ends: Promise<unknown>[] }>();

/**
 * Invokes a function, without waiting for its end. Like Lambda, it keeps events beyond the function's concurrency in a
 * queue. The emulator would start an instance for each of them.
 */
function invokeLater(emulator: string, arn: string, body: string): void {
  const key = `${emulator} ${arn}`;
  const queue = queues.get(key) ?? { next: 0, ends: Array.from({ length: lanes }, () => Promise.resolve<unknown>(0)) };
  queues.set(key, queue);
  const lane = queue.next % lanes;
  queue.next += 1;
  const invoke = async () =>
    fetch(`${emulator}/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`, {
      method: 'POST',
      headers: { authorization: authorization('lambda') },
      body,
    });
  // An event whose function fails is lost here; on AWS it is retried.
  queue.ends[lane] = queue.ends[lane]?.then(invoke).catch(() => undefined) ?? Promise.resolve();
}
