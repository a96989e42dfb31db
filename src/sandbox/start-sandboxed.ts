import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { launcherCode } from './launcher.ts';
import type { Sandbox, SandboxedServer } from './types.ts';

/** What a sandbox consists of. */
export type SandboxParts = {
  /** The path of bubblewrap. */
  readonly bubblewrap: string;
  readonly arguments: readonly string[];
  /** The program of `seccompFilter`, if there is one for this architecture. */
  readonly filter: Buffer | undefined;
  /** The interpreter of the launcher. */
  readonly python: string;
  readonly server: SandboxedServer;
};

/** Ctrl-C reaches every process of the terminal's foreground group. Only the program in the sandbox may end by it. */
const ignoreInterrupt = ['/bin/sh', '-c', 'trap "" INT; exec "$@"', 'sh'] as const;
/** Descriptors after the three streams: Node's channel, the filter, and what bubblewrap reports. */
const descriptors = { filter: 4, report: 5 } as const;

/** Returns the command that runs another one in the sandbox, without descriptors. */
export function sandboxCommand(
  { bubblewrap, arguments: sandboxArguments }: Pick<SandboxParts, 'bubblewrap' | 'arguments'>,
  command: readonly string[],
): readonly [string, ...string[]] {
  return [...ignoreInterrupt, bubblewrap, ...sandboxArguments, '--', ...command];
}

/** Returns the sandbox made of these parts. Its `spawn` throws as `child_process.spawn` does. */
export function sandboxOf(parts: SandboxParts): Sandbox {
  const { filter, python, server } = parts;
  return {
    spawn({ command, environment }, { cwd, stdio }) {
      const own = [
        ...parts.arguments,
        ...['--info-fd', String(descriptors.report)],
        ...(filter === undefined ? [] : ['--seccomp', String(descriptors.filter)]),
      ];
      const launch = [String(server.port), environment.LC_CTYPE === undefined ? '0' : '1', ...command];
      const [file, ...rest] = sandboxCommand({ ...parts, arguments: own }, [
        ...[python, '-I', '-S', '-c', launcherCode, ...launch],
      ]);
      const child = spawn(file, rest, {
        env: environment,
        shell: false,
        stdio: [...stdio, 'ipc', 'pipe', 'pipe'],
        ...(cwd !== undefined && { cwd }),
      });
      connect(child, server);
      const streams: readonly (Readable | Writable | null | undefined)[] = child.stdio;
      const filterStream = streams[descriptors.filter] as Writable | null;
      filterStream?.on('error', () => {}); // bubblewrap ended early, which its exit code says
      filterStream?.end(filter);
      const monitor = readMonitor(streams[descriptors.report] as Readable | null);
      const interrupt = () => {
        // Without a way to reach the program alone, the whole sandbox ends.
        if (!interruptProgram(monitor())) child.kill('SIGTERM');
      };
      return { child, interrupt, signalOf };
    },
  };
}

/** Serves the socket that the launcher sends. Ends a program that sends none, because nothing would answer it. */
function connect(child: ChildProcess, server: SandboxedServer): void {
  child.once('message', (_message, handle) => {
    if (handle !== undefined && 'address' in handle && 'close' in handle) {
      const listener = handle as Server;
      child.once('exit', () => listener.close());
      server.listenOn(listener);
    } else child.kill();
  });
}

function signalOf(exitCode: number): NodeJS.Signals | undefined {
  const names = Object.keys(constants.signals) as NodeJS.Signals[];
  return names.find((name) => constants.signals[name] === exitCode - 128);
}

/** Collects bubblewrap's report, and returns a function for the ID of its first process as seen from outside. */
function readMonitor(report: Readable | null): () => number | undefined {
  let text = '';
  report?.on('error', () => {});
  report?.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  return () => {
    const [, pid] = /"child-pid": *(\d+)/.exec(text) ?? [];
    return pid === undefined ? undefined : Number(pid);
  };
}

/**
 * Sends SIGINT to the program: the child of bubblewrap's first process with ID 2 in the sandbox. Returns whether it did;
 * the kernel may lack the list of children (proc_pid_task(5)).
 */
function interruptProgram(monitor: number | undefined): boolean {
  if (monitor === undefined) return false;
  try {
    const children = readFileSync(`/proc/${monitor}/task/${monitor}/children`, 'latin1').trim().split(' ');
    const program = children.find((pid) => /^NSpid:.*\s2$/m.test(readFileSync(`/proc/${pid}/status`, 'latin1')));
    return program !== undefined && process.kill(Number(program), 'SIGINT');
  } catch {
    return false; // also when the program has just ended
  }
}
