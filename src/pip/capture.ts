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

const maxOutput = 1024 * 1024;

/** A real process, without a shell and without standard input; killed when it says too much or takes too long. */
export const captureOutput: Capture = async ([file = '', ...rest], { environment, cwd, timeoutSeconds = 30 }) => {
  const { execa } = await import('execa'); // lazy: an install that misses nothing asks nobody
  const { exitCode, stdout, stderr, timedOut, isMaxBuffer } = await execa(file, rest, {
    env: environment,
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
    timeout: timeoutSeconds * 1000,
    forceKillAfterDelay: false,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutput,
  });
  const whole = exitCode !== undefined && !timedOut && !isMaxBuffer;
  return { ...(whole && { exitCode }), stdout, stderr };
};
