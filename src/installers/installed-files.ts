import path from 'node:path';
import type { CheckedRelease } from '../install/types.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { captureOutput } from '../pip/capture.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { listInstalled } from '../pip/list-installed.ts';
import type { RootsPorts } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Exec } from './exec-command.ts';
import { isProgram } from './find-program.ts';

/** The interpreters a tool may install for: the one it was given, that of the project, the active one or that on PATH. */
export async function interpretersOf(
  context: ProcessContext,
  { ask }: Exec,
  folder: string,
): Promise<readonly string[]> {
  const windows = process.platform === 'win32';
  const inProject = path.join(folder, '.venv', ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const named = ask.python !== undefined && /[/\\]/.test(ask.python) ? path.resolve(ask.python) : undefined;
  const found = [named, inProject].filter((candidate) => candidate !== undefined && isProgram(candidate));
  const own = await configuredPip(context).catch((error: unknown) => {
    if (found.length === 0) throw error;
    return undefined;
  });
  return [...found, own?.python].filter((python): python is string => python !== undefined);
}

/**
 * What a tool put in place since `startedAt` (epoch ms), as far as the metadata in place says; undefined for a tool
 * whose place nobody knows. uv and pip-sync write no report.
 */
export async function readInstalledByTool(
  context: ProcessContext,
  exec: Exec,
  startedAt: number,
  { folder, ports }: { readonly folder: string; readonly ports: RootsPorts },
): Promise<readonly CheckedRelease[] | undefined> {
  if (!exec.ask.installs) return undefined;
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
  // Several interpreters may look at one place.
  const installed = new Map(listed.flatMap((one) => one ?? []).map((item) => [JSON.stringify(item), item]));
  const inProject = { ...ports, folder };
  return Promise.all(
    [...installed.values()].map(async (item) => ({ ...item, allowed: await isAllowedInstall(item.from, inProject) })),
  );
}
