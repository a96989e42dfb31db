import type { ChildProcess } from 'node:child_process';
import type { Server } from 'node:net';

/** A program with its arguments and its variables. */
export type SandboxedCommand = {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

/** A process that runs a program, in the sandbox or without it. */
export type SandboxedProcess = {
  readonly child: ChildProcess;
  /** Sends SIGINT to the program itself. bubblewrap ignores it. */
  readonly interrupt: () => void;
  /** Returns the signal that an exit code stands for, because bubblewrap exits with 128 + its number. */
  readonly signalOf?: (exitCode: number) => NodeJS.Signals | undefined;
};

/** Starts programs in the sandbox. The first three streams are those of the options. */
export type Sandbox = {
  readonly spawn: (
    command: SandboxedCommand,
    options: { readonly cwd?: string | undefined; readonly stdio: readonly ('inherit' | 'ignore' | 'pipe')[] },
  ) => SandboxedProcess;
};

/** What the sandbox can reach: a server of awspip that takes over a socket listening inside. A relay is one. */
export type SandboxedServer = {
  /** The port on 127.0.0.1, inside the sandbox as outside. */
  readonly port: number;
  /** Serves the connections of another listening socket. */
  readonly listenOn: (server: Server) => void;
};

/** What is hidden in the sandbox. */
export type HiddenPaths = {
  /** Folders that appear empty. */
  readonly folders: readonly string[];
  /** Files that appear empty, and sockets that nobody answers. */
  readonly files: readonly string[];
};
