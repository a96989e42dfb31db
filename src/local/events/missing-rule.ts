import { randomUUID } from 'node:crypto';
import type { ProjectName } from '../../index/types.ts';
import type { Domain } from '../domains/domain.ts';
import { errorText } from '../error-text.ts';
import type { HttpRequest } from '../http.ts';
import { stackNames } from '../names.ts';
import type { Executions } from '../step-functions/executions.ts';
import type { EventInput } from '../types.ts';
import { matchesPattern } from './matches-pattern.ts';
import { transformInput } from './transform-input.ts';

/** Limits the executions that events start, so that a client that requests random names cannot fill the disk. */
const maxConcurrent = 50;

/**
 * Returns the EventBridge event of a request for a project that a repository does not have, as CloudTrail records it.
 * AWS publishes no example of a 404, so the fields are those of the documented npm read.
 *
 * @see https://docs.aws.amazon.com/codeartifact/latest/ug/codeartifact-information-in-cloudtrail.html
 */
function missingEvent(domain: string, name: ProjectName, request: HttpRequest, now: number): object {
  const { owner, region, secure } = stackNames;
  const time = new Date(now).toISOString();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.codeartifact',
    account: owner,
    time,
    region,
    resources: [],
    detail: {
      eventVersion: '1.09',
      eventTime: time,
      eventSource: 'codeartifact.amazonaws.com',
      eventName: 'ReadFromRepository',
      eventType: 'AwsApiCall',
      awsRegion: region,
      userAgent: request.headers['user-agent'] ?? '',
      errorCode: 'ResourceNotFoundException',
      errorMessage: `package ${name} not found`,
      requestParameters: {
        domainName: domain,
        domainOwner: owner,
        repositoryName: secure,
        packageName: name,
        packageFormat: 'pypi',
      },
      additionalEventData: { httpMethod: request.method, requestUri: request.path },
      responseElements: null,
      readOnly: true,
    },
  };
}

/** What the rule needs. */
export type MissingParts = {
  readonly domain: string;
  readonly pattern: object;
  readonly input: EventInput;
  /** Returns the executions of the domain's state machine. */
  readonly executions: () => Executions | undefined;
  readonly now: () => number;
  readonly log: (line: string) => void;
};

/** Returns a listener that starts the workflow for a missing project if the deployed rule matches. It never throws. */
export function missingRule({ domain, pattern, input, executions, now, log }: MissingParts): Domain['onMissing'] {
  let running = 0;
  const vet = async (name: ProjectName, event: object, runs: Executions): Promise<void> => {
    running += 1;
    try {
      const execution = await runs.start(randomUUID(), transformInput(event, input));
      log(`${name} is not in ${stackNames.secure}: the event started execution ${execution.name}`);
      await runs.ended(execution.name);
    } finally {
      running -= 1;
    }
  };
  return ({ name, request }) => {
    const logFailure = (error: unknown): void => log(`the event for ${name} failed: ${errorText(error)}`);
    try {
      const event = missingEvent(domain, name, request, now());
      if (!matchesPattern(event, pattern)) return;
      if (running >= maxConcurrent) return log(`not vetting ${name}: events started ${running} running executions`);
      const runs = executions();
      if (runs) vet(name, event, runs).catch(logFailure);
    } catch (error) {
      logFailure(error);
    }
  };
}
