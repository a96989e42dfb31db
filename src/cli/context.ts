import type { StackSetup } from '../aws/stack-setup.ts';
import type { Check } from '../doctor/types.ts';
import type { PolicyServeOptions } from '../firewall/serve/types.ts';
import type { InstallCallbacks, OpenInstall } from '../install/types.ts';
import type { ExecCommand } from '../installers/exec-command.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { ReviewService, StatusView } from '../review/types.ts';
import type { Mode } from '../settings/mode.ts';
import type { ProjectSearch } from '../settings/project-file.ts';
import type { ResolvedSettings } from '../settings/resolve.ts';
import type { ShellFiles } from './setup/shell-setup.ts';
import type { Terminal } from './terminal.ts';

/** What the process gives to the command line. */
export type Context = {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  readonly terminal: Terminal;
  /** Returns undefined if there is no such file. */
  readonly readText: (file: string) => Promise<string | undefined>;
  readonly writeText: (file: string, text: string) => Promise<void>;
  /** Whether a person can answer a question: input and stderr are terminals, and this is not CI. */
  readonly canAsk: boolean;
  /** Asks a question that is answered with yes or no. No answer means no. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** The user of this process; undefined on Windows. */
  readonly userId: number | undefined;
  readonly examine: ProjectSearch['examine'];
  /** Loaded on first use, because `--help` and `list` must not load the AWS SDK. */
  readonly compose: (settings: ResolvedSettings) => Promise<Composition>;
};

/** What the verbs can do. Each member loads its modules on first use. */
export type Composition = {
  /** Runs pip without the relay, and returns its exit code. */
  readonly plainPip: (command: PipCommand) => Promise<number>;
  /** Whether pip has no such verb. */
  readonly isUnknownVerb: (command: PipCommand) => Promise<boolean>;
  readonly install: (command: PipCommand, mode: Mode, callbacks: InstallCallbacks) => Promise<OpenInstall>;
  /** Runs pip inside a command that runs behind a relay: the outer awspip vets what is missing. */
  readonly behindRelay: (command: PipCommand, accept: InstallCallbacks['accept']) => Promise<number>;
  /** Runs another installer inside a command that runs behind a relay. */
  readonly execBehindRelay: (exec: ExecCommand, accept: InstallCallbacks['accept']) => Promise<number>;
  /** Opens a run of another installer behind a relay. */
  readonly exec: (exec: ExecCommand, mode: Mode, callbacks: InstallCallbacks) => Promise<OpenInstall>;
  readonly status: (mode: Mode) => Promise<StatusView>;
  readonly reviewService: () => Promise<ReviewService>;
  readonly local: () => Promise<LocalControl>;
  /** Serves the firewall over HTTP until a signal ends it. */
  readonly policyServe: (options: PolicyServeOptions, mode: Mode | undefined) => Promise<void>;
  readonly shellFiles: () => Promise<ShellFiles>;
  /** Returns the URL of the vetted repository on AWS. */
  readonly vettedEndpoint: () => Promise<string>;
  readonly stackSetup: () => Promise<StackSetup>;
  readonly doctor: (
    resolved: ResolvedSettings,
    options: { readonly live: boolean; readonly bypass: boolean },
  ) => AsyncIterable<Check>;
  /** Serves the local stack until a signal ends it, or until it is idle for long enough. */
  readonly serve: (configurationFile: string) => Promise<void>;
};

/** Whether the local stack runs, and where. */
export type LocalState =
  | {
      readonly running: false;
      readonly stateDirectory: string;
      /** The process that runs the stack but does not answer; false if there is none. */
      readonly unresponsive: false | { readonly pid: number | undefined };
    }
  | {
      readonly running: true;
      readonly stateDirectory: string;
      readonly endpoint: string;
      readonly pid: number;
      readonly version: string;
    };

/** Controls the local stack, for `awspip local …`. */
export type LocalControl = {
  /** Starts it, if it does not run. */
  readonly up: () => Promise<LocalState>;
  /** Stops it. Returns false if it did not run. */
  readonly down: () => Promise<boolean>;
  readonly status: () => Promise<LocalState>;
  readonly logFile: string;
  /** Returns variables with which any AWS client or plain pip reaches the running stack. */
  readonly env: () => Promise<Readonly<Record<string, string>>>;
  /** Stops it and deletes its data. */
  readonly reset: () => Promise<void>;
  /** Stops it, moves the damaged parts of its data to the folder `to`, and returns what was moved. */
  readonly repair: () => Promise<{
    readonly moved: readonly { readonly path: string; readonly reason: string }[];
    readonly to: string;
  }>;
};
