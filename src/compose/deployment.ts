import { awsDeployment, type Deployment } from '../aws/deployment.ts';
import type { Report } from '../install/types.ts';
import { localDeployment } from '../local/deployment.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Mode } from '../settings/mode.ts';

/** Returns the deployment on AWS, or the local stack, which is started if it does not run. */
export async function openDeployment(
  context: ProcessContext,
  mode: Mode,
  report: Report = () => {},
): Promise<Deployment> {
  if (mode === 'aws') return awsDeployment(context.settings, context.environment);
  const { hasRun, openDomainAccess } = await import('./stack.ts');
  const firstStart = !hasRun(context);
  const access = await openDomainAccess(context);
  report({ code: 'local-stack', endpoint: access.endpoint, firstStart });
  return localDeployment(access, {
    timeoutSeconds: context.settings.waitSeconds,
    restart: () => openDomainAccess(context),
  });
}
