import {
  CodeartifactClient,
  GetAuthorizationTokenCommand,
  GetRepositoryEndpointCommand,
} from '@aws-sdk/client-codeartifact';
import { stackNames } from '../stack-names.ts';
import type { AwsGateway, Fault } from './aws-gateway.ts';

/**
 * Returns a fake of Systems Manager whose instance runs the document: it fetches one file of package-install with its
 * own credentials, as the caller `Fetcher`.
 */
export function isolatedInstance(gateway: AwsGateway): Fault {
  const running = new Map<string, 'InProgress' | 'Success' | 'Failed'>();
  return ({ action, body }) => {
    if (action === 'ssm:SendCommand') {
      const id = `c0ffee00-0000-4000-8000-${String(running.size).padStart(12, '0')}`;
      const { Project, Path } = body.Parameters as Record<string, string[]>;
      running.set(id, 'InProgress');
      void fetchFile(gateway, `${Project}/${Path}`).then(
        (status) => running.set(id, status === 200 ? 'Success' : 'Failed'),
        () => running.set(id, 'Failed'),
      );
      return { status: 200, body: { Command: { CommandId: id } } };
    }
    if (action !== 'ssm:GetCommandInvocation') return undefined;
    const Status = running.get(String(body.CommandId));
    return { status: 200, body: { Status, StatusDetails: Status } };
  };
}

async function fetchFile(gateway: AwsGateway, path: string): Promise<number> {
  const client = new CodeartifactClient({
    endpoint: gateway.origin,
    region: stackNames.region,
    credentials: { accessKeyId: gateway.keyOf('Fetcher'), secretAccessKey: 'x' },
  });
  const at = { domain: stackNames.domain, domainOwner: stackNames.owner };
  const endpointCommand = new GetRepositoryEndpointCommand({ ...at, repository: stackNames.install, format: 'pypi' });
  const { repositoryEndpoint } = await client.send(endpointCommand);
  const { authorizationToken } = await client.send(new GetAuthorizationTokenCommand(at));
  const authorization = `Basic ${Buffer.from(`aws:${authorizationToken}`).toString('base64')}`;
  const answer = await fetch(`${repositoryEndpoint}simple/${path}`, { headers: { authorization } });
  await answer.arrayBuffer();
  return answer.status;
}
