import path from 'node:path';
import type { CheckedRelease } from '../install/types.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { captureOutput } from '../pip/capture.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { listInstalled } from '../pip/list-installed.ts';
import type { RootsPorts } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ExecCommand } from './exec-command.ts';
import { isProgram } from './find-program.ts';

/**
 * Returns the interpreters that an installer may install for. These are the one that the command names, the project's,
 * and the active one or the one on PATH.
 */
export async function interpretersOf(
  context: ProcessContext,
  { request }: ExecCommand,
  folder: string,
): Promise<readonly string[]> {
  const windows = process.platform === 'win32';
  const projectPython = path.join(folder, '.venv', ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const namedPython =
    request.python !== undefined && /[/\\]/.test(request.python) ? path.resolve(request.python) : undefined;
  const found = [namedPython, projectPython].filter((candidate) => candidate !== undefined && isProgram(candidate));
  const configured = await configuredPip(context).catch((error: unknown) => {
    if (found.length === 0) throw error;
    return undefined;
  });
  return [...found, configured?.python].filter((python): python is string => python !== undefined);
}

/**
 * Reads from the metadata of the environments what an installer installed since `startedAt` (epoch milliseconds). uv
 * and pip-sync write no report. Returns undefined for an installer whose environments are unknown.
 */
export async function readInstalledByInstaller(
  context: ProcessContext,
  exec: ExecCommand,
  startedAt: number,
  { folder, ports }: { readonly folder: string; readonly ports: RootsPorts },
): Promise<readonly CheckedRelease[] | undefined> {
  if (!exec.request.installs) return undefined;
  const environment = plainEnvironment(context.environment);
  const pythons = await interpretersOf(context, exec, folder).catch(() => []);
  const listed = await Promise.all(
    pythons.map((python) =>
      listInstalled({ python, command: [python], from: 'option' }, exec.command, startedAt, {
        capture: captureOutput,
        environment,
      }),
    ),
  );
  // Several interpreters may share one environment.
  const installed = new Map(listed.flatMap((items) => items ?? []).map((item) => [JSON.stringify(item), item]));
  const projectPorts = { ...ports, folder };
  return Promise.all(
    [...installed.values()].map(async (item) => ({
      ...item,
      allowed: await isAllowedInstall(item, projectPorts),
    })),
  );
}
