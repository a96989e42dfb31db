import type { StackSetup } from '../aws/stack-setup.ts';
import type { Check } from '../doctor/types.ts';
import type { PolicyServeOptions } from '../firewall/serve/types.ts';
import type { InstallCallbacks, OpenInstall } from '../install/types.ts';
import type { ExecCommand } from '../installers/exec-command.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { ReviewService, StatusView } from '../review/types.ts';
import type { Mode } from '../settings/mode.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import type { ShellFiles } from './setup/shell-setup.ts';
import type { Terminal } from './terminal.ts';

/** What the process edge hands to the command line: the world, and the one place that joins rooms together. */
export type Context = {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  readonly terminal: Terminal;
  readonly readText: (file: string) => Promise<string | undefined>;
  readonly writeText: (file: string, text: string) => Promise<void>;
  /** Lazy: `--help` and `list` must not load what talks to AWS. */
  readonly compose: (settings: ResolvedSettings) => Promise<Composition>;
};

/** The verbs' view of everything behind them. */
export type Composition = {
  /** Starts pip as if awspip were not there; answers its exit code. */
  readonly plainPip: (command: PipCommand) => Promise<number>;
  /** Whether pip will say that it has no such verb. */
  readonly isNoVerb: (command: PipCommand) => Promise<boolean>;
  readonly install: (command: PipCommand, mode: Mode, words: InstallCallbacks) => Promise<OpenInstall>;
  /** pip, started by something that runs behind a relay already: the outer awspip does the vetting. */
  readonly behindRelay: (command: PipCommand, accept: InstallCallbacks['accept']) => Promise<number>;
  /** The same of another installer. */
  readonly execBehindRelay: (exec: ExecCommand) => Promise<number>;
  /** Another installer, behind the same relay. */
  readonly exec: (exec: ExecCommand, mode: Mode, words: InstallCallbacks) => Promise<OpenInstall>;
  readonly status: (mode: Mode) => Promise<StatusView>;
  readonly reviewService: () => Promise<ReviewService>;
  readonly local: () => Promise<LocalControl>;
  /** The firewall over HTTP: runs until it is told to end. */
  readonly policyServe: (options: PolicyServeOptions) => Promise<void>;
  readonly shellFiles: () => Promise<ShellFiles>;
  readonly stackSetup: () => Promise<StackSetup>;
  readonly doctor: (resolved: ResolvedSettings, how: { readonly live: boolean }) => AsyncIterable<Check>;
  /** The local stack itself: runs until it is told to end or has been idle. */
  readonly serve: (configurationFile: string) => Promise<void>;
};

export type LocalState =
  | { readonly running: false; readonly stateDirectory: string }
  | {
      readonly running: true;
      readonly stateDirectory: string;
      readonly endpoint: string;
      readonly pid: number;
      readonly version: string;
    };

/** `awspip local …`. */
export type LocalControl = {
  readonly up: () => Promise<LocalState>;
  readonly down: () => Promise<boolean>;
  readonly status: () => Promise<LocalState>;
  readonly logFile: string;
  /** Variables with which any AWS client or plain pip reaches the running stack. */
  readonly env: () => Promise<Readonly<Record<string, string>>>;
  /** Ends it and forgets everything it kept. */
  readonly reset: () => Promise<void>;
};
