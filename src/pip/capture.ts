type CapturedOutput = {
  /** Absent when the program did not start, was killed or exceeded a limit. */
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
};

type CaptureOptions = {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutSeconds?: number;
};

/** Runs a program to its end and returns its output. */
export type Capture = (command: readonly string[], options: CaptureOptions) => Promise<CapturedOutput>;

const maxOutputBytes = 1024 * 1024;

/** Runs a process without shell and standard input. Kills it when its output or run time exceeds the limit. */
export const captureOutput: Capture = async (
  [file = '', ...processArguments],
  { environment, cwd, timeoutSeconds = 30 },
) => {
  const { execa } = await import('execa'); // lazy: most installs capture no output
  const { exitCode, stdout, stderr, timedOut, isMaxBuffer } = await execa(file, processArguments, {
    env: environment,
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
    timeout: timeoutSeconds * 1000,
    forceKillAfterDelay: false,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutputBytes,
  });
  const isComplete = exitCode !== undefined && !timedOut && !isMaxBuffer;
  return { ...(isComplete && { exitCode }), stdout, stderr };
};
