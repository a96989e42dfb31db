import { awsDeployment } from '../aws/deployment.ts';
import type { ProcessContext } from '../process-context.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { awsChecks } from './aws.ts';
import { check } from './check.ts';
import { liveChecks } from './live.ts';
import { localChecks } from './local.ts';
import { machineChecks } from './machine.ts';
import type { Check } from './types.ts';

/** Looks at everything an install needs, in the order in which it needs it. Changes nothing, starts nothing. */
export async function* examine(
  context: ProcessContext,
  resolved: ResolvedSettings,
  { live }: { readonly live: boolean },
): AsyncIterable<Check> {
  yield* machineChecks(context, resolved);
  let mode: Mode | undefined;
  yield await check('stack', async () => {
    mode = decideMode(resolved, context.environment.CI);
    return mode === 'aws' ? 'AWS' : 'the local stack on this machine';
  });
  if (mode === 'local') yield* localChecks(context);
  if (mode !== 'aws') return;
  const deployment = awsDeployment(context.settings, context.environment);
  yield* awsChecks(context, deployment);
  if (live) yield* liveChecks(context, deployment);
}
