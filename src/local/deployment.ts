import type { Deployment } from '../aws/deployment.ts';
import { stackNames, stateMachineArn } from './names.ts';
import type { DomainAccess } from './types.ts';

/** Returns one domain of the local stack as a deployment, whose calls go to loopback. Its table has the domain's name. */
export function localDeployment({ endpoint, secret, domain, stateMachine }: DomainAccess): Deployment {
  const { owner, region, secure } = stackNames;
  return {
    domain,
    domainOwner: owner,
    repository: secure,
    table: domain,
    stateMachine: () => stateMachineArn(stateMachine),
    client: { region, endpoint, credentials: { accessKeyId: secret.reveal(), secretAccessKey: 'local' } },
    identity: ['local', endpoint],
    mayPrompt: false,
    acceptsConfiguredAccess: false,
    mayHideExpiredToken: false,
    onLoopback: true,
  };
}
