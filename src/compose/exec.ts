import { openOwnAccess } from '../codeartifact/open-access.ts';
import { proveMissingProject } from '../codeartifact/prove-missing-project.ts';
import { missingProof, provenRun } from '../install/proven-run.ts';
import type { InstallCallbacks, OpenInstall } from '../install/types.ts';
import type { Exec } from '../installers/exec-command.ts';
import { findProgram } from '../installers/find-program.ts';
import { readInstalledByTool } from '../installers/installed-files.ts';
import { openLockFiles } from '../installers/lock-files.ts';
import { forEveryPlatform, widening, withoutPinsIfNeedBe } from '../installers/lock-vetting.ts';
import { readProjectOf } from '../installers/read-project.ts';
import { environmentOf, execRoots, refuseUncopied, repeatable, toolPort } from '../installers/run-installer.ts';
import { toolReceipts } from '../installers/uv-folders.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import { gatherRoots } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openRelay } from './relay.ts';
import { openVetting } from './vetting.ts';

/** Opens everything one run of another installer needs: the same relay, the same vetting. */
export async function openExec(
  context: ProcessContext,
  exec: Exec,
  mode: Mode,
  { report, accept }: InstallCallbacks,
): Promise<OpenInstall> {
  const program = findProgram(exec, context);
  const reading = await execRoots(context, exec);
  const gathered = await gatherRoots(exec.command, reading);
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    const { roots, buildRoots, pins, requiresPython, unvetted, folder, lock, manifests } = await readProjectOf(
      context,
      exec,
      reading,
    );
    accept([...gathered.unvetted, ...unvetted]);
    const deployment = await openDeployment(context, mode, report);
    const { relay, access, http } = await openRelay(context, deployment, closers);
    const lockCopies = await copyLocks(gathered.argv, gathered.locks, { ...reading, indexUrl: relay.indexUrl });
    closers.push(lockCopies.cleanup);
    const files = openLockFiles({
      relay,
      lock,
      manifests,
      folders: [folder, process.cwd()],
      outputs: async () => [...exec.ask.outputs, ...(await toolReceipts(exec, context))],
      real: mode === 'aws' ? { endpoint: await access.endpoint() } : readMachineConfiguration(context),
    });
    const argv = repeatable(exec, lockCopies.argv);
    refuseUncopied(lockCopies.copies, argv);
    const installed = (startedAt: number) => readInstalledByTool(context, exec, startedAt, { folder, ports: reading });
    const runTool = toolPort(context, exec, program, { relay, files, argv, installed });
    const ownAccess = openOwnAccess(context, deployment);
    const { vet, ...vetting } = openVetting(context, deployment, report);
    const proof = missingProof({
      mayHideStaleToken: deployment.mayHideStaleToken,
      proveMissing: (name) => proveMissingProject(name, { deployment, access, ownAccess, http }),
    });
    const own = exec.ask.project === undefined ? vet : forEveryPlatform(vet);
    return {
      wanted: {
        argv: exec.argv,
        roots: [...new Set([...gathered.roots, ...roots])],
        locations: gathered.locations,
        buildRoots: [...new Set([...gathered.buildRoots, ...buildRoots])],
        constraints: [...gathered.constraints, ...pins],
        options: gathered.options,
        target: gathered.target,
      },
      ports: {
        ...vetting,
        ...(requiresPython === undefined
          ? { vet: withoutPinsIfNeedBe(own, pins) }
          : widening(withoutPinsIfNeedBe(own, pins), requiresPython)),
        runPip: provenRun(runTool, proof, async () => {}),
        environment: () => environmentOf(context, exec, folder),
        release: (heldBack) => {
          process.stderr.write(heldBack);
        },
        report: (event) => report(event.code === 'pip-again' ? { ...event, tool: exec.tool.name } : event),
        now: context.now,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
