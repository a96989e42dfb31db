import { awsDeployment, type Deployment } from '../aws/deployment.ts';
import { localDeployment } from '../local/deployment.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Mode } from '../settings/mode.ts';

/** Returns the deployment on AWS, or the local stack, which is started when it does not run. */
export async function openDeployment(context: ProcessContext, mode: Mode): Promise<Deployment> {
  if (mode === 'aws') return awsDeployment(context.settings, context.environment);
  const { runningStack } = await import('./stack.ts');
  return localDeployment(await runningStack(context));
}
