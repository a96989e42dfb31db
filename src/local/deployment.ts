import type { Deployment } from '../aws/deployment.ts';
import { handlerOver } from '../aws/request-handler.ts';
import { openHttp } from '../index/http.ts';
import type { NetworkSettings } from '../index/types.ts';
import type { Answer } from './http.ts';
import { accessKeySigner, inProcessHandler } from './in-process-handler.ts';
import { stackNames, stateMachineArn } from './names.ts';
import { type Restart, restartingHttp } from './restarting-http.ts';
import type { DomainAccess } from './types.ts';

/** The time limit of a call. The stack may fetch from an index to answer it. */
const maxTimeoutSeconds = 30;
const minTimeoutSeconds = 10;

/** Uses no proxy, because a proxy would see the stack's token. */
function loopbackNetwork(timeoutSeconds: number): NetworkSettings {
  return { trustedHosts: [], timeoutSeconds: Math.min(maxTimeoutSeconds, Math.max(minTimeoutSeconds, timeoutSeconds)) };
}

/**
 * Returns one domain of the local stack as a deployment, whose calls go to loopback. Its table has the domain's name.
 * With `restart`, a call that loses the stack starts it again. A call that gets no answer ends after `timeoutSeconds`,
 * from 10 to 30. With `answer`, AWS calls use no connection.
 */
export function localDeployment(
  { endpoint, secret, domain, stateMachine }: DomainAccess,
  {
    restart,
    timeoutSeconds = maxTimeoutSeconds,
    answer,
  }: {
    readonly restart?: Restart['restart'];
    readonly timeoutSeconds?: number;
    readonly answer?: Answer | undefined;
  } = {},
): Deployment {
  const { owner, region, secure } = stackNames;
  const loopback = openHttp(loopbackNetwork(timeoutSeconds));
  const http = restart ? restartingHttp(loopback, { access: { endpoint, secret }, restart }) : loopback;
  return {
    domain,
    domainOwner: owner,
    repository: secure,
    label: secure,
    table: domain,
    stateMachine: () => stateMachineArn(stateMachine),
    client: {
      region,
      endpoint,
      credentials: { accessKeyId: secret.reveal(), secretAccessKey: 'local' },
      ...(answer
        ? { requestHandler: inProcessHandler(answer), signer: accessKeySigner(secret.reveal()) }
        : {
            requestHandler: handlerOver(
              () => http,
              () => void http.close(),
            ),
          }),
    },
    identity: ['local', endpoint],
    mayPrompt: false,
    acceptsConfiguredAccess: false,
    mayHideExpiredToken: false,
    http,
  };
}
