import { spawn } from 'node:child_process';

type Captured = {
  /** Absent when it could not be started, was killed, or took too long. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
};

type CaptureOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutSeconds?: number;
};

/** Runs a program to its end and takes what it says. */
export type Capture = (command: readonly string[], options: CaptureOptions) => Promise<Captured>;

const mostOutput = 1024 * 1024;

/** A real process, without a shell and without standard input; killed when it says too much or takes too long. */
export const captureOutput: Capture = (command, { environment, cwd, timeoutSeconds = 30 }) => {
  const [file = '', ...rest] = command;
  return new Promise((resolve) => {
    const said = { stdout: '', stderr: '' };
    const child = spawn(file, rest, { env: environment, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
        if (said[name].length > mostOutput) child.kill('SIGKILL');
      });
    }
    const end = (exitCode: number | null) => {
      clearTimeout(timer);
      resolve({ ...(exitCode !== null && { exitCode }), ...said });
    };
    child.once('error', () => end(null));
    child.once('close', end);
  });
};
