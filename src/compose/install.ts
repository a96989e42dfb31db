import { openOwnAccess } from '../codeartifact/open-access.ts';
import { proveMissingProject } from '../codeartifact/prove-missing-project.ts';
import { temporaryFolder } from '../folders.ts';
import { lackingInRepository } from '../install/lacking.ts';
import { pipRunner } from '../install/pip-runner.ts';
import { missingProof, provenRun } from '../install/proven-run.ts';
import { openInstallCheck } from '../install/read-installed.ts';
import type { InstallCallbacks, InstallPorts, OpenInstall } from '../install/types.ts';
import { configuredPages } from '../installers/configured-index.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import { processPostProcessing } from '../pip/process-post-processing.ts';
import { gatherRoots } from '../pip/roots.ts';
import { openVcsGuard } from '../pip/vcs-guard.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Observed } from '../relay/types.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openRelay } from './relay.ts';
import { openVetting } from './vetting.ts';

/** Opens what one install needs: the relay, pip, and the vetting workflow. */
export async function openInstall(
  context: ProcessContext,
  command: PipCommand,
  mode: Mode,
  { report, accept }: InstallCallbacks,
): Promise<OpenInstall> {
  const reading = await rootsPorts(context, command);
  const gathered = await gatherRoots(command, reading);
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    accept(gathered.unvetted);
    const deployment = await openDeployment(context, mode, report);
    const { relay, access, http } = await openRelay(context, deployment, closers);
    const { roots, locations, buildRoots, constraints, options, target } = gathered;
    const lockCopies = await copyLocks(gathered.argv, gathered.locks, { ...reading, indexUrl: relay.indexUrl });
    closers.push(lockCopies.cleanup);
    const postProcessing = await processPostProcessing(context, command, { ...reading, argv: lockCopies.argv });
    closers.push(postProcessing.cleanup);
    const installCheck = await openInstallCheck(context, command, reading);
    closers.push(installCheck.cleanup);
    const vcsGuard = await openVcsGuard(context.environment.PATH ?? '', {
      temporaryFolder: temporaryFolder(),
      platform: process.platform,
    });
    closers.push(vcsGuard.cleanup);
    const pip = pipRunner(context, command, relay, {
      ...installCheck,
      path: vcsGuard.path,
      repository: deployment.repository,
    });
    const ownAccess = openOwnAccess(context, deployment);
    // A requirements file may change while its packages are being vetted, so it is read again with each later run.
    const repeated = parsePipArguments(gathered.argv);
    const readAgain = async () => {
      const { unvetted, cleanup } = await gatherRoots(repeated, reading);
      await cleanup();
      accept(unvetted);
    };
    const lastingPages = mode === 'local' && command.verb === 'lock' ? withConfiguredPages(context) : unchanged;
    const proof = missingProof({
      mayHideStaleToken: deployment.mayHideStaleToken,
      proveMissing: (name) => proveMissingProject(name, { deployment, access, ownAccess, http }),
    });
    const runPip = provenRun(beforeLaterRuns(pip.runPip, readAgain), proof, async (pages) =>
      postProcessing.settle({
        host: relay.host,
        endpoint: await access.endpoint(),
        pages: await lastingPages(pages),
      }),
    );
    const lacking = (requirements: readonly string[]) => lackingInRepository(requirements, relay, proof);
    return {
      wanted: { argv: postProcessing.argv, roots, locations, buildRoots, constraints, options, target },
      ports: { ...pip, runPip, lacking, ...openVetting(context, deployment, report), report, now: context.now },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Pages = Observed['pages'];

const unchanged = async (pages: Pages): Promise<Pages> => pages;

/** The local stack has another address tomorrow, so a lock file names the index that its files are from. */
function withConfiguredPages(context: ProcessContext) {
  return async (pages: Pages): Promise<Pages> => {
    const configured = await configuredPages([...pages.keys()], readMachineConfiguration(context).upstream);
    return new Map([...pages, ...[...configured].map(([name, page]) => [name, { status: 200, page }] as const)]);
  };
}

/** Calls `look` before each run but the first, which follows directly on reading the command. */
function beforeLaterRuns(runPip: InstallPorts['runPip'], look: () => Promise<void>): InstallPorts['runPip'] {
  let runs = 0;
  return async (argv) => {
    runs += 1;
    if (runs > 1) await look();
    return runPip(argv);
  };
}
