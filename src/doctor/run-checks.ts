import type { Check } from './types.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { awsChecks } from './aws.ts';
import { check } from './check.ts';
import { embeddedChecks } from './local.ts';
import { liveChecks } from './live.ts';
import { machineChecks } from './machine.ts';
import type { Edge } from '../compose/process-context.ts';
import { awsPlace } from '../compose/deployment.ts';

/** Looks at everything an install needs, in the order in which it needs it. Changes nothing, starts nothing. */
export async function* examine(
  edge: Edge,
  resolved: ResolvedSettings,
  { live }: { readonly live: boolean },
): AsyncIterable<Check> {
  yield* machineChecks(edge, resolved);
  let mode: Mode | undefined;
  yield await check('stack', async () => {
    mode = decideMode(resolved, edge.environment.CI);
    return mode === 'aws' ? 'AWS' : 'the embedded stack on this machine';
  });
  if (mode === 'embedded') yield* embeddedChecks(edge);
  if (mode !== 'aws') return;
  const place = awsPlace(edge.settings, edge.environment);
  yield* awsChecks(edge, place);
  if (live) yield* liveChecks(edge, place);
}
