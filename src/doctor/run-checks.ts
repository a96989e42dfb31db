import { awsDeployment } from '../aws/deployment.ts';
import type { ProcessContext } from '../process-context.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { awsChecks } from './aws-checks.ts';
import { buildChecks } from './build-checks.ts';
import { bypassChecks } from './bypass/bypass-checks.ts';
import { liveChecks } from './live-checks.ts';
import { localChecks } from './local-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { runCheck } from './run-check.ts';
import { sourceChecks } from './source-checks.ts';
import type { Check } from './types.ts';

/**
 * Checks everything that an install needs, in the order in which it needs it. Starts and changes nothing, except that
 * `live` requests the vetting of a project that does not exist. `bypass` tries, in place of the services, every way to
 * install without awspip.
 */
export async function* runChecks(
  context: ProcessContext,
  resolved: ResolvedSettings,
  { live, bypass }: { readonly live: boolean; readonly bypass: boolean },
): AsyncIterable<Check> {
  yield* machineChecks(context, resolved);
  yield* buildChecks(context);
  let mode: Mode | undefined;
  yield await runCheck('stack', async () => {
    mode = decideMode(resolved, context.environment.CI);
    return mode === 'aws' ? 'AWS' : 'local stack on this machine';
  });
  if (bypass) {
    yield* bypassChecks(context, mode, { all: true });
    return;
  }
  if (mode === 'local') {
    yield* localChecks(context);
    yield* sourceChecks(context);
  }
  if (mode === 'aws') {
    const deployment = awsDeployment(context.settings, context.environment);
    yield* awsChecks(context, deployment);
    if (live) yield* liveChecks(context, deployment);
  }
  yield* bypassChecks(context, mode, { all: false });
}
