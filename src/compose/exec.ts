import { openOwnAccess } from '../codeartifact/open-access.ts';
import { proveMissingProject } from '../codeartifact/prove-missing-project.ts';
import { confirmMisses, missConfirmation } from '../install/confirm-misses.ts';
import { lackingInRepository } from '../install/lacking.ts';
import type { InstallCallbacks, OpenInstall } from '../install/types.ts';
import { buildsFirst, type ExecCommand, sharesEnvironment, toolName } from '../installers/exec-command.ts';
import { execReadAheadPlan } from '../installers/exec-read-ahead.ts';
import { shimsFor } from '../installers/exec-shims.ts';
import { findProgram } from '../installers/find-program.ts';
import { otherHosts } from '../installers/index-hosts.ts';
import { openLockFiles } from '../installers/lock-files.ts';
import { vetForAllPlatforms, vetInSteps, vetWithPins } from '../installers/lock-vetting.ts';
import { openNestedPipLog } from '../installers/nested-pip-log.ts';
import { readExecProject, readUploadCutoff } from '../installers/read-exec-project.ts';
import {
  environmentOf,
  installerPort,
  installerRootsPorts,
  requireCopies,
  withCopies,
} from '../installers/run-installer.ts';
import { uvToolReceipts } from '../installers/uv-folders.ts';
import { replaceDefaultIndex } from '../pip/default-index.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import { gatherRoots } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openRelay } from './relay.ts';
import { openVetting } from './vetting.ts';

/** Opens what a run of another installer needs: the relay, the installer, and the vetting workflow. */
export async function openExec(
  context: ProcessContext,
  exec: ExecCommand,
  mode: Mode,
  { report, accept }: InstallCallbacks,
): Promise<OpenInstall> {
  const program = findProgram(exec, context);
  const ports = await installerRootsPorts(context, exec);
  const gatheredRoots = await gatherRoots(exec.command, ports);
  const closers: (() => Promise<unknown>)[] = [gatheredRoots.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    const { roots, buildRoots, pins, requiresPython, unvetted, folder, lock, manifests } = await readExecProject(
      context,
      exec,
      ports,
    );
    const listedUrls = await accept([...gatheredRoots.unvettedSources, ...unvetted]);
    const deployment = await openDeployment(context, mode, report);
    if (mode === 'aws') report({ code: 'aws-repository', label: deployment.label });
    const uploadedBefore = (await readUploadCutoff(context, exec)) ?? gatheredRoots.options.uploadedBefore;
    const hosts = otherHosts(context, folder);
    const readAhead = await execReadAheadPlan(context, exec, gatheredRoots, { roots, pins });
    const options = { uploadedBefore, otherHosts: hosts, readAhead };
    const { relay, access, http } = await openRelay(context, deployment, closers, report, options);
    const lockCopies = await copyLocks(gatheredRoots.argv, gatheredRoots.locks, { ...ports, indexUrl: relay.indexUrl });
    closers.push(lockCopies.cleanup);
    const files = openLockFiles({
      relay,
      lock,
      manifests,
      folders: [folder, process.cwd()],
      outputs: async () => [...exec.request.outputs, ...(await uvToolReceipts(exec, context))],
      real: mode === 'aws' ? { endpoint: await access.endpoint() } : readMachineConfiguration(context),
    });
    const argv = replaceDefaultIndex(withCopies(exec, lockCopies.argv), relay.indexUrl, listedUrls);
    requireCopies(lockCopies.copies, argv);
    const shims = await shimsFor(context, exec, relay);
    const pipLog = await openNestedPipLog(context, exec.installer);
    closers.push(shims.cleanup, pipLog.cleanup);
    const project = { folder, ports };
    const run = { relay, files, argv, shims, pipLog, project, indexHosts: hosts.indexes, report };
    const runInstaller = installerPort(context, exec, program, run);
    const ownAccess = openOwnAccess(context, deployment);
    const { vet, ...vetting } = openVetting(context, deployment, report);
    const vetProject = vetWithPins(exec.request.project === undefined ? vet : vetForAllPlatforms(vet), pins);
    const confirmation = missConfirmation({
      mayHideExpiredToken: deployment.mayHideExpiredToken,
      confirmMissing: (name) => proveMissingProject(name, { deployment, access, ownAccess, http }),
    });
    return {
      request: {
        argv: exec.argv,
        roots: [...new Set([...gatheredRoots.roots, ...roots])],
        locations: gatheredRoots.locations,
        buildRoots: [...new Set([...gatheredRoots.buildRoots, ...buildRoots])],
        constraints: [...gatheredRoots.constraints, ...pins],
        options: { ...gatheredRoots.options, separate: !sharesEnvironment(exec), uploadedBefore },
        target: gatheredRoots.target,
        newest: context.settings.newest,
      },
      ports: {
        ...vetting,
        ...(requiresPython === undefined ? { vet: vetProject } : vetInSteps(vetProject, requiresPython)),
        ...(buildsFirst(exec) && { lacking: (texts) => lackingInRepository(texts, relay, confirmation) }),
        runPip: confirmMisses(runInstaller, confirmation, async () => {}),
        environment: () => environmentOf(context, exec, folder),
        printHeldLines: (lines) => {
          process.stderr.write(lines);
        },
        report: (event) => report(event.code === 'pip-again' ? { ...event, tool: toolName(exec) } : event),
        now: context.now,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
