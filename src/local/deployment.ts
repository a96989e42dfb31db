import type { Deployment } from '../aws/deployment.ts';
import type { Secret } from '../secret.ts';
import { stackNames, stateMachineArn } from './names.ts';

/** Returns the local stack as a deployment, whose calls go to loopback. */
export function localDeployment({
  endpoint,
  secret,
}: {
  readonly endpoint: string;
  readonly secret: Secret;
}): Deployment {
  const { domain, owner, region, table, secure } = stackNames;
  return {
    domain,
    domainOwner: owner,
    repository: secure,
    table,
    stateMachine: () => stateMachineArn,
    client: { region, endpoint, credentials: { accessKeyId: secret.reveal(), secretAccessKey: 'local' } },
    identity: ['local', endpoint],
    mayPrompt: false,
    acceptsConfiguredAccess: false,
    mayHideExpiredToken: false,
    onLoopback: true,
  };
}
