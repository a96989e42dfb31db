import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '../folders.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { captureOutput } from '../pip/capture.ts';
import { isFlagSet, withConfiguration } from '../pip/configuration.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { localFiles } from '../pip/files.ts';
import type { PipProgram } from '../pip/find.ts';
import { optionValues, type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { listInstalled } from '../pip/installed.ts';
import { readInstallationReport } from '../pip/installed-files.ts';
import type { RootsPorts } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import type { CheckedRelease } from './types.ts';

/** What an install put in place, as far as pip says so. */
export type InstallCheck = {
  /** Where pip is to say it, unless the user has it say so elsewhere. */
  readonly reportFile: string | undefined;
  /** After a run that ended well, with the arguments and the interpreter it had. */
  readonly read: (
    argv: readonly string[],
    program: PipProgram,
    startedAt: number,
  ) => Promise<readonly CheckedRelease[] | undefined>;
  readonly cleanup: () => Promise<void>;
};

const noInstallCheck: InstallCheck = { reportFile: undefined, read: async () => undefined, cleanup: async () => {} };
/** Above, it is no report of pip's. */
const maxReportBytes = 128 * 1024 * 1024;

/** Only `install` puts things in place. */
export async function openInstallCheck(
  context: ProcessContext,
  command: PipCommand,
  ports: RootsPorts,
): Promise<InstallCheck> {
  const configured = ports.configuration ?? { options: [] };
  const whole = withConfiguration(command, configured);
  if (command.verb !== 'install' || isFlagSet(whole, '--dry-run')) return noInstallCheck;
  const folder = await localFiles(temporaryFolder()).makeFolder();
  const own = path.join(folder, 'installed.json');
  const configuredFile = optionValues(whole, '--report').at(-1);
  const environment = plainEnvironment(context.environment);
  return {
    reportFile: configuredFile === undefined ? own : undefined,
    async read(argv, program, startedAt) {
      const typed = optionValues(parsePipArguments(argv), '--report').at(-1);
      const said = readInstallationReport((await textOf(typed ?? configuredFile ?? own)) ?? '');
      const installed =
        said ?? (await listInstalled(program, whole, startedAt, { capture: captureOutput, environment })) ?? [];
      return Promise.all(
        installed.map(async (item) => ({ ...item, allowed: await isAllowedInstall(item.from, ports) })),
      );
    },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    // Whoever reads a pipe or a terminal takes it from somebody, and waits for its end.
    return found.isFile() && found.size <= maxReportBytes ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
