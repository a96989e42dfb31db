import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '../folders.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { captureOutput } from '../pip/capture.ts';
import { isFlagSet, withConfiguration } from '../pip/configuration.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { localFiles } from '../pip/files.ts';
import type { PipProgram } from '../pip/find-pip.ts';
import { optionValues, type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { readInstallationReport } from '../pip/installed-release.ts';
import { listInstalled } from '../pip/list-installed.ts';
import type { RootsPorts } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { CheckedRelease } from './types.ts';

/** Reads the releases that an install put in place, as reported by pip. */
export type InstallCheck = {
  /** The file for pip's installation report, unless the user configured one. */
  readonly reportFile: string | undefined;
  /** Returns the installed releases after a successful run. */
  readonly read: (
    argv: readonly string[],
    program: PipProgram,
    startedAt: number,
  ) => Promise<readonly CheckedRelease[] | undefined>;
  readonly cleanup: () => Promise<void>;
};

const noInstallCheck: InstallCheck = { reportFile: undefined, read: async () => undefined, cleanup: async () => {} };
/** A larger file is not a report of pip. */
const maxReportBytes = 128 * 1024 * 1024;

/** Prepares the check of an install. Other commands install nothing, so they need none. */
export async function openInstallCheck(
  context: ProcessContext,
  command: PipCommand,
  ports: RootsPorts,
): Promise<InstallCheck> {
  const configuration = ports.configuration ?? { options: [] };
  const effectiveCommand = withConfiguration(command, configuration);
  if (command.verb !== 'install' || isFlagSet(effectiveCommand, '--dry-run')) return noInstallCheck;
  const folder = await localFiles(temporaryFolder()).makeFolder();
  const reportPath = path.join(folder, 'installed.json');
  const configuredPath = optionValues(effectiveCommand, '--report').at(-1);
  const environment = plainEnvironment(context.environment);
  return {
    reportFile: configuredPath === undefined ? reportPath : undefined,
    async read(argv, program, startedAt) {
      const typedPath = optionValues(parsePipArguments(argv), '--report').at(-1);
      const reported = readInstallationReport((await readTextFile(typedPath ?? configuredPath ?? reportPath)) ?? '');
      const installed =
        reported ??
        (await listInstalled(program, effectiveCommand, startedAt, { capture: captureOutput, environment })) ??
        [];
      return Promise.all(installed.map(async (item) => ({ ...item, allowed: await isAllowedInstall(item, ports) })));
    },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

async function readTextFile(file: string): Promise<string | undefined> {
  try {
    const stats = await stat(file);
    // Reading a pipe or a terminal would consume its data and could block.
    return stats.isFile() && stats.size <= maxReportBytes ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
