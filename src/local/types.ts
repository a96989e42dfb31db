import type { Readable } from 'node:stream';
import type { IndexFile, ProjectName, ProjectPage } from '../index/types.ts';
import type { Secret } from '../secret.ts';

/** What plays `public:pypi`: the part of an `UpstreamIndex` that the stack needs. */
export type PublicIndex = {
  page(
    name: ProjectName,
  ): Promise<
    | { readonly kind: 'found'; readonly page: ProjectPage }
    | { readonly kind: 'missing' }
    | { readonly kind: 'unreachable'; readonly cause: string }
  >;
  /** Opens one file's bytes from the start. */
  open(file: IndexFile): Promise<{ readonly stream: Readable; readonly size?: number | undefined }>;
};

/** How any AWS client reaches the stack: one address, and a secret that is its access key id. */
export type StackAccess = {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly endpoint: string;
  readonly secret: Secret;
};

/** One task of the workflow: takes the payload of `lambda:invoke`, gives what the Lambda would return. */
export type Task = (payload: never) => Promise<unknown>;

/** EventBridge's input transformer, as the deployed rule's target has it. */
export type EventInput = {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
};

/** What the stack is made of. */
export type StackOptions = {
  /** Everything the stack keeps lies below this folder, which is made when it isn't there. */
  readonly stateDirectory: string;
  readonly upstream: PublicIndex;
  /** The States Language document that is deployed. */
  readonly definition: object;
  /** Its tasks, named by what follows the last `:` of their `FunctionName`, with or without `awspip-`. */
  readonly tasks: (access: StackAccess) => Readonly<Record<string, Task>>;
  readonly eventPattern: object;
  readonly eventInput: EventInput;
  /** `GET /package-check`, and anything else the firewall answers. */
  readonly packageCheck: (request: Request) => Promise<Response>;
  /**
   * Called once before the stack is reachable for others: makes the table, ends the leases of executions that died
   * with the last process (their names are given).
   */
  readonly prepare?: (access: StackAccess, died: readonly string[]) => Promise<void>;
  /** awspip's version, as the health check tells it. */
  readonly version: string;
  /** What a running stack must agree on with who wants to use it: upstream, policy, … */
  readonly fingerprint: string;
  /** Tried first, so that addresses stay the same over restarts; any free port when it is taken. */
  readonly port?: number | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** One line for the log file. */
  readonly log: (line: string) => void;
  /** Another process asks the stack to finish: whoever runs it drains it, for at most so long. */
  readonly onDrain?: (waitSeconds: number | undefined) => void;
};

/** A running stack. */
export type Stack = StackAccess & {
  readonly port: number;
  /** Executions that run now. */
  running(): number;
  /** Epoch milliseconds of the last authorised request, or of the end of the last execution. */
  lastUsed(): number;
  /** Takes no new execution, waits for those that run (at most `waitSeconds`), then closes. */
  drain(waitSeconds: number): Promise<void>;
  /** Closes at once; executions that run are ABORTED. */
  close(): Promise<void>;
};
