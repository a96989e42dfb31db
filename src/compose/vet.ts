import { configuredPip } from '../pip/configured-pip.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { supportedEnvironment } from '../pip/supported-environment.ts';
import type { ProcessContext } from '../process-context.ts';
import type { FolderOutcome, VetCallbacks, VetFolderCallbacks, VetOutcome } from '../review/types.ts';
import * as review from '../review/vet-command.ts';
import type { VetPorts } from '../review/vet-request.ts';
import type { Mode } from '../settings/mode.ts';
import { openDeployment } from './deployment.ts';
import { openVetting } from './vetting.ts';

/** Vets the requirements of a command. @throws {AwspipError} of `vetCommand` in `review` */
export function vetCommand(
  context: ProcessContext,
  mode: Mode,
  command: PipCommand,
  callbacks: VetCallbacks,
): Promise<VetOutcome> {
  return review.vetCommand(context, command, callbacks, () => open(context, mode, callbacks));
}

/** Vets the files below a folder. @throws {AwspipError} of `vetFolder` in `review` */
export async function vetFolder(
  context: ProcessContext,
  mode: Mode,
  folder: string,
  callbacks: VetFolderCallbacks,
): Promise<FolderOutcome> {
  const { vetFolder: vet } = await import('../review/vet-folder.ts');
  return vet(context, folder, callbacks, () => open(context, mode, callbacks));
}

async function open(context: ProcessContext, mode: Mode, { report }: VetCallbacks): Promise<VetPorts> {
  const [deployment, environment] = await Promise.all([
    openDeployment(context, mode),
    configuredPip(context).then((program) => supportedEnvironment(program, context.environment)),
  ]);
  if (mode === 'aws') report({ code: 'aws-repository', label: deployment.label });
  return { ...openVetting(context, deployment, report), environment };
}
