import { openOwnAccess } from '../codeartifact/open-access.ts';
import { proveMissingProject } from '../codeartifact/prove-missing-project.ts';
import { temporaryFolder } from '../folders.ts';
import type { ProjectName } from '../index/types.ts';
import { beforeLaterRuns } from '../install/before-later-runs.ts';
import { confirmMisses, missConfirmation } from '../install/confirm-misses.ts';
import { earlyVetting } from '../install/early-vetting.ts';
import { openInstallCheck } from '../install/install-check.ts';
import { lackingInRepository } from '../install/lacking.ts';
import { pipRunner } from '../install/pip-runner.ts';
import { readAheadPlan } from '../install/read-ahead-plan.ts';
import type { InstallCallbacks, OpenInstall } from '../install/types.ts';
import { replaceByConfigured } from '../installers/configured-index.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import { processPostProcessing } from '../pip/process-post-processing.ts';
import { gatherRoots } from '../pip/roots.ts';
import { openVcsGuard } from '../pip/vcs-guard.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openRelay } from './relay.ts';
import { openVetting } from './vetting.ts';

/** Opens what an install needs: the relay, pip, and the vetting workflow. */
export async function openInstall(
  context: ProcessContext,
  command: PipCommand,
  mode: Mode,
  { report, accept }: InstallCallbacks,
): Promise<OpenInstall> {
  const ports = await rootsPorts(context, command);
  const gatheredRoots = await gatherRoots(command, ports);
  const closers: (() => Promise<unknown>)[] = [gatheredRoots.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    const listedUrls = await accept(gatheredRoots.unvettedSources);
    const deployment = await openDeployment(context, mode, report);
    const { roots, locations, buildRoots, constraints, options, target } = gatheredRoots;
    const { newest } = context.settings;
    const readAhead = await readAheadPlan(context, command, gatheredRoots);
    const { begin, ...vetting } = openVetting(context, deployment, (event) => pip.reportVetting(event));
    const onMissingPage = earlyVetting(
      command,
      { ...gatheredRoots, newest },
      { begin, now: context.now, isCertain: readAhead.request.isCertain, confirm: (name) => confirm(name) },
    );
    const relayOptions = { uploadedBefore: options.uploadedBefore, readAhead, onMissingPage };
    const { relay, access, http } = await openRelay(context, deployment, closers, report, relayOptions);
    const lockCopies = await copyLocks(gatheredRoots.argv, gatheredRoots.locks, { ...ports, indexUrl: relay.indexUrl });
    closers.push(lockCopies.cleanup);
    const postProcessing = await processPostProcessing(context, command, { ...ports, argv: lockCopies.argv });
    closers.push(postProcessing.cleanup);
    const installCheck = await openInstallCheck(context, command, ports);
    closers.push(installCheck.cleanup);
    const vcsGuard = await openVcsGuard(context.environment.PATH ?? '', process.platform, temporaryFolder());
    closers.push(vcsGuard.cleanup);
    const pip = pipRunner(context, command, relay, {
      ...installCheck,
      path: vcsGuard.path,
      repository: deployment.label,
      report,
      listedUrls,
    });
    closers.push(pip.close);
    const ownAccess = openOwnAccess(context, deployment);
    // A requirements file may change while its packages are being vetted, so each later run checks it again.
    const repeatedCommand = parsePipArguments(gatheredRoots.argv);
    const checkAgain = async () => {
      const { unvettedSources, cleanup } = await gatherRoots(repeatedCommand, ports);
      await cleanup();
      await accept(unvettedSources);
    };
    // The port of the local stack can change, so a lock file names the configured index.
    const writesLock = mode === 'local' && command.verb === 'lock';
    const { mayHideExpiredToken } = deployment;
    const prove = (name: ProjectName) => proveMissingProject(name, { deployment, access, ownAccess, http });
    const confirm = async (name: ProjectName) => !mayHideExpiredToken || (await prove(name)) === 'missing';
    const confirmation = missConfirmation({ mayHideExpiredToken, confirmMissing: prove });
    const runPip = confirmMisses(beforeLaterRuns(pip.runPip, checkAgain), confirmation, async (pages) =>
      postProcessing.rewriteOutputFiles({
        host: relay.host,
        endpoint: await access.endpoint(),
        pages: writesLock ? await replaceByConfigured(pages, readMachineConfiguration(context).upstream) : pages,
      }),
    );
    return {
      request: { argv: postProcessing.argv, roots, locations, buildRoots, constraints, options, target, newest },
      ports: {
        ...pip,
        runPip,
        lacking: (texts) => lackingInRepository(texts, relay, confirmation),
        ...vetting,
        report,
        now: context.now,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
