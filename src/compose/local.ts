import { codeArtifactClient } from '../aws/clients.ts';
import type { LocalControl, LocalState } from '../cli/context.ts';
import { repositoryAccess } from '../codeartifact/repository-access.ts';
import { AwspipError } from '../errors.ts';
import { localDeployment } from '../local/deployment.ts';
import { repairStack } from '../local/lifecycle/repair-stack.ts';
import { resetStack } from '../local/lifecycle/reset-stack.ts';
import { stackStatus } from '../local/lifecycle/stack-status.ts';
import { stateFiles } from '../local/lifecycle/state-files.ts';
import { stopStack } from '../local/lifecycle/stop-stack.ts';
import type { RunningStack } from '../local/lifecycle/types.ts';
import { stackNames } from '../local/names.ts';
import type { DomainAccess } from '../local/types.ts';
import { uploadVariables } from '../local/uploads/upload-variables.ts';
import { upstreamVariables, withoutLocalStack } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import { openDomainAccess, runningStack, stackFolderOf } from './stack.ts';

/** Returns the control of the local stack for `awspip local`. */
export async function localControl(context: ProcessContext): Promise<LocalControl> {
  const stateDirectory = stackFolderOf(context);
  return {
    logFile: stateFiles(stateDirectory).log,
    up: async () => stateOf(stateDirectory, await runningStack(context)),
    down: async () => (await stopStack({ stateDirectory })).kind === 'stopped',
    status: async () => {
      const status = await stackStatus({ stateDirectory });
      if (status.kind === 'running') return stateOf(stateDirectory, status.stack);
      return { running: false, stateDirectory, unresponsive: status.kind === 'unresponsive' && { pid: status.pid } };
    },
    env: async () => variables(context, await openDomainAccess(context)),
    reset: () => resetStack({ stateDirectory }),
    repair: () => repairStack({ stateDirectory, now: context.now() }),
  };
}

function stateOf(stateDirectory: string, { endpoint, pid, version }: RunningStack): LocalState {
  return { running: true, stateDirectory, endpoint, pid, version };
}

/** Returns the variables with which AWS clients and pip use the stack. */
async function variables(context: ProcessContext, access: DomainAccess): Promise<Readonly<Record<string, string>>> {
  const { client, domain, domainOwner, repository, identity, stateMachine } = localDeployment(access);
  const repositoryOfDomain = repositoryAccess({
    client: () => codeArtifactClient(client),
    domain,
    domainOwner,
    repository,
    identity,
    cache: undefined,
    now: context.now,
  });
  const [endpoint, { token }] = await Promise.all([repositoryOfDomain.endpoint(), repositoryOfDomain.token()]);
  const index = new URL('simple/', endpoint);
  index.username = 'aws';
  index.password = token.reveal();
  if (client.credentials === undefined)
    throw new AwspipError('no-credentials', 'the local stack has no secret', { exit: 'bug' });
  return {
    AWS_ENDPOINT_URL: access.endpoint,
    AWS_ACCESS_KEY_ID: client.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: client.credentials.secretAccessKey,
    AWS_REGION: stackNames.region,
    AWS_DEFAULT_REGION: stackNames.region,
    AWSPIP_STATE_MACHINE: stateMachine(),
    PIP_INDEX_URL: index.href,
    PIP_TRUSTED_HOST: index.host,
    ...uploadVariables(endpoint, token.reveal()),
    ...formerVariables(context),
  };
}

/** Returns what pip's variables were before, so that awspip in the same shell still finds the indexes behind the stack. */
function formerVariables({ environment }: ProcessContext): Readonly<Record<string, string>> {
  const former = withoutLocalStack(environment);
  return Object.fromEntries(Object.entries(upstreamVariables).map(([name, kept]) => [kept, former[name] ?? '']));
}
