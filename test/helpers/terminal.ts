import { execFile } from 'node:child_process';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { bin, type Sandbox } from './awspip.ts';

/** What a step waits for on the screen or in the file system, and what it does then. */
export type Step = ({ readonly shown: string } | { readonly file: string }) & {
  /** Typed text reaches everything that runs on the terminal. */
  readonly type?: string;
  /** Sent to awspip alone. */
  readonly signal?: 'SIGTERM' | 'SIGHUP';
  /** Closes the terminal window. */
  readonly close?: boolean;
};

/** What a person sees on the terminal. */
export type Seen = {
  readonly exitCode: number;
  /** Byte for byte. */
  readonly output: string;
  /** Lines without escape codes. */
  readonly text: string;
};

type Terminal = {
  readonly steps?: readonly Step[];
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly seconds?: number;
};

export const controlC = '\u0003';

/** Runs awspip on a pseudo-terminal of its own. */
export function onTerminal(user: Sandbox, argv: readonly string[], terminal: Terminal = {}): Promise<Seen> {
  return commandOnTerminal(user, [process.execPath, bin, ...argv], terminal);
}

/** Runs any command on a pseudo-terminal of its own. */
export async function commandOnTerminal(
  user: Sandbox,
  command: readonly string[],
  { steps = [], columns = 100, environment = {}, seconds = 60 }: Terminal = {},
): Promise<Seen> {
  const { NO_COLOR: _, ...base } = user.environment;
  const spec = {
    ...{ command, steps, columns, seconds, cwd: user.folder },
    environment: { ...base, TERM: 'xterm-256color', ...environment },
  };
  const text = await driver(JSON.stringify(spec));
  const seen = JSON.parse(text) as { output: string; exitCode: number; problem: string | null; left: number };
  if (seen.problem !== null || seen.left > 0) {
    throw new Error(`${seen.problem ?? `ended before ${seen.left} steps`}; the screen:\n${seen.output}`);
  }
  return { ...seen, text: stripVTControlCharacters(seen.output).replaceAll('\r\n', '\n') };
}

function driver(spec: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, 'terminal.py');
    const options = { maxBuffer: 64 * 1024 * 1024 };
    const child = execFile('python3', [script], options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin?.end(spec);
  });
}
