import type { AdvancedEventSelector, EventSelector } from '@aws-sdk/client-cloudtrail';
import { cloudTrailClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { serviceError } from '../aws/service-errors.ts';
import { skip } from './run-check.ts';

/** What a trail logs, as CloudTrail answers it. */
export type TrailSelectors = {
  readonly EventSelectors?: readonly EventSelector[] | undefined;
  readonly AdvancedEventSelectors?: readonly AdvancedEventSelector[] | undefined;
};

const source = 'codeartifact.amazonaws.com';

/** Checks whether a trail logs CodeArtifact's reads, which are read-only management events. */
export function logsReads({ EventSelectors = [], AdvancedEventSelectors = [] }: TrailSelectors): boolean {
  return (
    EventSelectors.some(
      ({ IncludeManagementEvents = true, ReadWriteType = 'All', ExcludeManagementEventSources = [] }) =>
        IncludeManagementEvents && ReadWriteType !== 'WriteOnly' && !ExcludeManagementEventSources.includes(source),
    ) ||
    AdvancedEventSelectors.some(({ FieldSelectors = [] }) => {
      const accepts = (name: string, value: string) =>
        FieldSelectors.filter(({ Field }) => Field === name).every(
          ({ Equals, NotEquals = [] }) => (Equals?.includes(value) ?? true) && !NotEquals.includes(value),
        );
      const isManagement = FieldSelectors.some(
        ({ Field, Equals }) => Field === 'eventCategory' && Equals?.includes('Management'),
      );
      return (
        isManagement &&
        accepts('readOnly', 'true') &&
        accepts('eventSource', source) &&
        accepts('eventName', 'ReadFromRepository')
      );
    })
  );
}

/**
 * Returns the trail whose events reach EventBridge when plain pip gets a 404. Without one the check is skipped, because
 * awspip starts vettings itself.
 */
export async function checkTrail({ client }: Deployment): Promise<string> {
  const { DescribeTrailsCommand, GetEventSelectorsCommand, GetTrailStatusCommand } = await import(
    '@aws-sdk/client-cloudtrail'
  );
  const cloudTrail = await cloudTrailClient(client);
  try {
    const { trailList = [] } = await cloudTrail.send(new DescribeTrailsCommand({}));
    for (const { TrailARN = '', Name = TrailARN } of trailList) {
      const { IsLogging } = await cloudTrail.send(new GetTrailStatusCommand({ Name: TrailARN }));
      if (IsLogging !== true) continue;
      if (logsReads(await cloudTrail.send(new GetEventSelectorsCommand({ TrailName: TrailARN })))) {
        return `${Name} logs reads, so a 404 of plain pip can start a vetting`;
      }
    }
  } catch (error) {
    if (error instanceof Error && /AccessDenied/.test(error.name)) {
      return skip('no permission to describe trails; only plain pip needs one');
    }
    throw serviceError(error, 'CloudTrail');
  }
  return skip(
    'no trail logs reads, so a 404 of plain pip starts no vetting; deploy with `-c trail=true` to change that',
  );
}
