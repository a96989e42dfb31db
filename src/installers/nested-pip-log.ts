import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { homeFolder, temporaryFolder } from '../folders.ts';
import { readMachineConfiguration } from '../pip/machine-configuration.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Installer } from './installer.ts';
import { type PipLogText, parsePipLog } from './pip-log-text.ts';

/** The log of the pips that a program starts. Programs such as pre-commit hide pip's messages, or print them elsewhere. */
export type NestedPipLog = {
  /** The variables with which pip writes the log. */
  readonly variables: Readonly<Record<string, string>>;
  /** Returns what was logged since the last call. */
  readonly read: () => Promise<PipLogText>;
  readonly cleanup: () => Promise<void>;
};

const noLog: NestedPipLog = {
  variables: {},
  read: async () => ({ errors: '', buildOutput: '' }),
  cleanup: async () => {},
};

/** The end of the log, which has the final errors. */
const maxBytes = 1024 * 1024;

/**
 * Returns the log of the pips below a program that isn't an installer itself. It is the user's own, if pip is configured
 * with one (`PIP_LOG`, `log` in pip.conf). Otherwise it is a temporary file that other users cannot read.
 */
export async function openNestedPipLog(
  context: Pick<ProcessContext, 'environment'>,
  { installsOnly }: Installer,
): Promise<NestedPipLog> {
  if (installsOnly) return noLog;
  const { options } = readMachineConfiguration(context).pip;
  const configured = options.findLast(({ name }) => name === '--log')?.value.trim();
  if (configured) return openLog(path.resolve(configured.replace(/^~(?=\/|$)/, homeFolder())));
  const folder = await mkdtemp(path.join(temporaryFolder(), 'awspip-log-'));
  const log = await openLog(path.join(folder, 'pip.log'));
  return {
    ...log,
    variables: { PIP_LOG: path.join(folder, 'pip.log') },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}

async function openLog(file: string): Promise<NestedPipLog> {
  let from = (await stat(file).catch(() => undefined))?.size ?? 0;
  return {
    ...noLog,
    read: async () => {
      const { text, end } = await readEnd(file, from);
      from = end;
      return parsePipLog(text);
    },
  };
}

/** Reads the last bytes of a regular file after a position. Empty if there is none. */
async function readEnd(file: string, from: number): Promise<{ text: string; end: number }> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size <= from) return { text: '', end: from };
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return { text: '', end: from };
  try {
    const start = Math.max(from, stats.size - maxBytes);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(stats.size - start), 0, stats.size - start, start);
    return { text: buffer.subarray(0, bytesRead).toString('utf8'), end: stats.size };
  } finally {
    await handle.close();
  }
}
