import { randomUUID } from 'node:crypto';
import type { ProjectName } from '../../index/types.ts';
import { errorText } from '../error-text.ts';
import type { Call } from '../http.ts';
import { stackNames } from '../names.ts';
import type { PypiParts } from '../pypi-endpoint.ts';
import type { Executions } from '../step-functions/executions.ts';
import type { EventInput } from '../types.ts';
import { matchesPattern } from './pattern.ts';
import { transformInput } from './transform.ts';

/** At most so many executions started by events at once: a client that asks for names at random must not fill the disk. */
const maxConcurrent = 50;

/**
 * CloudTrail's record of a project that a repository does not have, as EventBridge gets it. No example of a 404 is
 * published: the fields are those of the documented npm read.
 *
 * @see https://docs.aws.amazon.com/codeartifact/latest/ug/codeartifact-information-in-cloudtrail.html
 */
function missingEvent(name: ProjectName, call: Call, now: number): object {
  const { domain, owner, region, secure } = stackNames;
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
      userAgent: call.headers['user-agent'] ?? '',
      errorCode: 'ResourceNotFoundException',
      errorMessage: `package ${name} not found`,
      requestParameters: {
        domainName: domain,
        domainOwner: owner,
        repositoryName: secure,
        packageName: name,
        packageFormat: 'pypi',
      },
      additionalEventData: { httpMethod: call.method, requestUri: call.path },
      responseElements: null,
      readOnly: true,
    },
  };
}

export type MissingParts = {
  readonly pattern: object;
  readonly input: EventInput;
  readonly executions: Executions;
  readonly now: () => number;
  readonly log: (line: string) => void;
};

/** Starts the workflow for a project that is not there, if the deployed rule would. Never fails. */
export function missingRule({ pattern, input, executions, now, log }: MissingParts): PypiParts['onMissing'] {
  let atOnce = 0;
  const vet = async (name: ProjectName, event: object): Promise<void> => {
    atOnce += 1;
    try {
      const execution = await executions.start(randomUUID(), transformInput(event, input));
      log(`${name} is not in ${stackNames.secure}: the event starts execution ${execution.name}`);
      await executions.ended(execution.name);
    } finally {
      atOnce -= 1;
    }
  };
  return ({ name, call }) => {
    const failed = (error: unknown): void => log(`the event for ${name} failed: ${errorText(error)}`);
    try {
      const event = missingEvent(name, call, now());
      if (!matchesPattern(event, pattern)) return;
      if (atOnce >= maxConcurrent) return log(`not vetting ${name}: ${maxConcurrent} events are being worked on`);
      vet(name, event).catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}
