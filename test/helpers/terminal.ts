import { execFile } from 'node:child_process';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { bin, type Sandbox } from './awspip.ts';

/** One step of a session: an output or a file to wait for, and the action that follows. */
export type Step = ({ readonly shown: string } | { readonly file: string }) & {
  readonly type?: string;
  /** A signal for awspip only. Typed characters reach every process on the terminal. */
  readonly signal?: 'SIGTERM' | 'SIGHUP';
  /** Whether to close the terminal. */
  readonly close?: boolean;
};

type TerminalResult = {
  readonly exitCode: number;
  /** The output with all control sequences. */
  readonly output: string;
  /** The output without control sequences. */
  readonly text: string;
};

type Terminal = {
  readonly steps?: readonly Step[];
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly seconds?: number;
};

export const controlC = '\u0003';

/** Runs awspip on a pseudo-terminal. */
export function onTerminal(user: Sandbox, argv: readonly string[], terminal: Terminal = {}): Promise<TerminalResult> {
  return commandOnTerminal(user, [process.execPath, bin, ...argv], terminal);
}

/**
 * Runs any command on a pseudo-terminal.
 *
 * @throws {Error} when the time is up, or the command ends before all steps are done.
 */
export async function commandOnTerminal(
  user: Sandbox,
  command: readonly string[],
  { steps = [], columns = 100, environment = {}, seconds = 60 }: Terminal = {},
): Promise<TerminalResult> {
  const { NO_COLOR: _, ...base } = user.environment;
  const spec = {
    ...{ command, steps, columns, seconds, cwd: user.folder },
    environment: { ...base, TERM: 'xterm-256color', ...environment },
  };
  const text = await driver(JSON.stringify(spec));
  const result = JSON.parse(text) as { output: string; exitCode: number; problem: string | null; left: number };
  if (result.problem !== null || result.left > 0) {
    throw new Error(`${result.problem ?? `ended ${result.left} steps early`}; on the screen:\n${result.output}`);
  }
  return { ...result, text: stripVTControlCharacters(result.output).replaceAll('\r\n', '\n') };
}

function driver(spec: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, 'terminal.py');
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile('python3', [script], options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin?.end(spec);
  });
}
