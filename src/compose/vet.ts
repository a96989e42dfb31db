import { lastPerRelease, vetAll } from '../install/vet-round.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { gatherRoots } from '../pip/roots.ts';
import { supportedEnvironment } from '../pip/supported-environment.ts';
import type { ProcessContext } from '../process-context.ts';
import { requireReadable } from '../review/require-readable.ts';
import { requirementLocations } from '../review/requirement-locations.ts';
import type { VetCallbacks, VetOutcome } from '../review/types.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openVetting } from './vetting.ts';

/**
 * Requests the vetting of a command's requirements for this machine's interpreter, and waits for it. pip does not run.
 *
 * @throws {AwspipError} `no-requirements` or `requirement-unreadable` (64), and the errors of gathering and vetting.
 */
export async function vetCommand(
  context: ProcessContext,
  mode: Mode,
  command: PipCommand,
  { report, accept, reason }: VetCallbacks,
): Promise<VetOutcome> {
  const gatheredRoots = await gatherRoots(command, await rootsPorts(context, command));
  try {
    await accept(gatheredRoots.unvettedSources);
    requireReadable(gatheredRoots);
    const { roots, buildRoots, constraints, options, target } = gatheredRoots;
    const [deployment, environment, asked] = await Promise.all([
      openDeployment(context, mode),
      configuredPip(context).then((program) => supportedEnvironment(program, context.environment)),
      requirementLocations(context, command, gatheredRoots),
    ]);
    if (mode === 'aws') report({ code: 'aws-repository', label: deployment.label });
    const vetting = openVetting(context, deployment, report);
    const startedAt = context.now();
    const ids = new Set<string>();
    let vetted = 0;
    const answer = await vetAll(
      { roots, buildRoots, constraints, options, target, environment, missing: [] },
      (request, quietly) => vetting.vet({ ...request, reason }, startedAt, quietly),
      ({ record }) => {
        ids.add(record.requestId);
        vetted += record.counts.secure;
      },
    );
    report({ code: 'vetting-ends', answer, vetted, seconds: (context.now() - startedAt) / 1000 });
    const releases = await Promise.all([...ids].map((id) => vetting.releasesOf(id)));
    return { answer, releases: lastPerRelease(releases.flat()), requirements: asked };
  } finally {
    await gatheredRoots.cleanup();
  }
}
