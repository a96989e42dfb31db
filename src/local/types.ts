import type { Readable } from 'node:stream';
import type { IndexFile, ProjectName, ProjectPage } from '../index/types.ts';
import type { Secret } from '../secret.ts';

/** The index behind the external connection `public:pypi`: the part of an `UpstreamIndex` that the stack needs. */
export type PublicIndex = {
  page(
    name: ProjectName,
  ): Promise<
    | { readonly kind: 'found'; readonly page: ProjectPage }
    | { readonly kind: 'missing' }
    | { readonly kind: 'unreachable'; readonly cause: string }
  >;
  /** Opens one file for reading from its first byte. */
  open(file: IndexFile): Promise<{ readonly stream: Readable; readonly size?: number | undefined }>;
};

/** The address of the stack, and the secret that AWS clients use as access key ID. */
export type StackAccess = {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly endpoint: string;
  readonly secret: Secret;
};

/** One task of the workflow: takes the payload of `lambda:invoke`, and returns what the Lambda function returns. */
export type Task = (payload: never) => Promise<unknown>;

/** The input transformer of an EventBridge target. */
export type EventInput = {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
};

/** The parts and the configuration of a stack. */
export type StackOptions = {
  /** The folder of everything that the stack stores. It is created if it does not exist. */
  readonly stateDirectory: string;
  readonly upstream: PublicIndex;
  /** The deployed States Language document. */
  readonly definition: object;
  /** The tasks by state name, or by the part of `FunctionName` after the last `:`, without the prefix `awspip-`. */
  readonly tasks: (access: StackAccess) => Readonly<Record<string, Task>>;
  readonly eventPattern: object;
  readonly eventInput: EventInput;
  /** Answers `GET /package-check`. */
  readonly packageCheck: (request: Request) => Promise<Response>;
  /**
   * Prepares the records before the first execution: creates the table, and ends the leases of the executions that the
   * last process left running. Receives the names of those executions.
   */
  readonly prepare?: (access: StackAccess, orphaned: readonly string[]) => Promise<void>;
  /** awspip's version, which the health check reports. */
  readonly version: string;
  /** A hash of the configuration (upstream, policy, …), which a client and its stack must share. */
  readonly fingerprint: string;
  /** The port to try first, so that addresses survive a restart. If it is taken, any free port is used. */
  readonly port?: number | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Writes one line to the log file. */
  readonly log: (line: string) => void;
  /** Called when another process requests that the stack stops. The owner of the stack then drains it. */
  readonly onDrain?: (waitSeconds: number | undefined) => void;
};

/** A running stack. */
export type Stack = StackAccess & {
  readonly port: number;
  /** Returns the number of running executions. */
  running(): number;
  /** Returns when the last authorized request arrived or the last execution ended, in epoch milliseconds. */
  lastUsed(): number;
  /** Rejects new executions, waits at most `waitSeconds` for those that run, then closes the stack. */
  drain(waitSeconds: number): Promise<void>;
  /** Closes the stack without waiting. The next start marks the executions that were running as ABORTED. */
  close(): Promise<void>;
};
