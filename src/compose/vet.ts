import { AwspipError } from '../errors.ts';
import { temporaryFolder } from '../folders.ts';
import { onceEach, vetAll } from '../install/vet-round.ts';
import { captureOutput } from '../pip/capture.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { localFiles } from '../pip/files.ts';
import { requireSupportedPip } from '../pip/find.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { isLock } from '../pip/lock-sources.ts';
import { probeEnvironment } from '../pip/probe.ts';
import { readRequirementsFile } from '../pip/requirements-file.ts';
import { gatherRoots, type Roots } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { RequirementLocation, VetCallbacks, VetOutcome } from '../review/types.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openVetting } from './vetting.ts';

/**
 * Has everything vetted that a command asks for, for this machine's interpreter, and waits; pip does not run.
 *
 * @throws AwspipError `nothing-asked`, `requirement-unreadable` (usage), and what gathering and vetting throw
 */
export async function vetCommand(
  context: ProcessContext,
  mode: Mode,
  command: PipCommand,
  { report, accept }: VetCallbacks,
): Promise<VetOutcome> {
  const gathered = await gatherRoots(command, await rootsPorts(context, command));
  try {
    accept(gathered.unvetted);
    refuseUnreadable(gathered);
    const { roots, buildRoots, constraints, options, target } = gathered;
    const [deployment, environment, asked] = await Promise.all([
      openDeployment(context, mode),
      probe(context),
      whereAsked(context, command, gathered),
    ]);
    const vetting = openVetting(context, deployment, report);
    const began = context.now();
    const ids = new Set<string>();
    const answer = await vetAll(
      { roots, buildRoots, constraints, options, target, environment, missing: [] },
      (ask, quietly) => vetting.vet(ask, began, quietly),
      ({ record }) => record && ids.add(record.requestId),
    );
    report({ code: 'vetting-ends', answer, seconds: (context.now() - began) / 1000 });
    const releases = await Promise.all([...ids].map((id) => vetting.releasesOf(id)));
    return { answer, releases: onceEach(releases.flat()), requirements: asked };
  } finally {
    await gathered.cleanup();
  }
}

/** pip is not there to complain: what it would refuse must not pass for vetted. */
function refuseUnreadable({ problems, roots, buildRoots }: Roots): void {
  const [problem] = problems;
  if (problem !== undefined) {
    throw new AwspipError('requirement-unreadable', `not every requirement can be read: ${problem}`, { exit: 'usage' });
  }
  if (roots.length + buildRoots.length > 0) return;
  throw new AwspipError('nothing-asked', 'nothing to vet was named', {
    exit: 'usage',
    hint: 'name requirements, or a file of them: `awspip vet -r requirements.txt`',
  });
}

async function probe(context: ProcessContext) {
  const probed = await probeEnvironment(
    await configuredPip(context),
    captureOutput,
    plainEnvironment(context.environment),
  );
  requireSupportedPip(probed.pipVersion);
  return probed.environment;
}

/** Every requirement with the file and line it stands on; those of no file are arguments. */
async function whereAsked(
  context: ProcessContext,
  command: PipCommand,
  { roots, argv }: Roots,
): Promise<readonly RequirementLocation[]> {
  const { read } = localFiles(temporaryFolder());
  const ports = { read, folder: process.cwd(), variables: context.environment };
  const typed = command.requirementFiles.filter((file) => !isLock('--requirement', file));
  // Standard input and `<(…)` were copied: their lines are read from the copies and told of under their own names.
  const readable = parsePipArguments(argv).requirementFiles.filter((file) => !isLock('--requirement', file));
  const files = await Promise.all(readable.map((file) => readRequirementsFile(file, ports)));
  const inFiles = files.flatMap(({ requirements }, at) =>
    requirements.map(({ text, file, line }): RequirementLocation => {
      const copied = readable[at] !== typed[at] && file === readable[at];
      return { text, file: copied ? (typed[at] ?? file) : file, line };
    }),
  );
  const found = new Set(inFiles.map(({ text }) => text));
  return [...inFiles, ...roots.filter((text) => !found.has(text)).map((text) => ({ text }))];
}
