import type { Check } from '../cli/doctor.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import { awsChecks } from './doctor/aws.ts';
import { check } from './doctor/check.ts';
import { embeddedChecks } from './doctor/embedded.ts';
import { liveChecks } from './doctor/live.ts';
import { machineChecks } from './doctor/machine.ts';
import type { Edge } from './edge.ts';
import { awsPlace } from './place.ts';

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
