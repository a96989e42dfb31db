import type { Readable } from 'node:stream';
import type { IndexFile, ProjectName, ProjectPage } from '../index/types.ts';
import type { Secret } from '../secret.ts';
import type { StoredItem } from './decisions.ts';
import type { Answer } from './http.ts';

/** The answer of the public index to the request of a page. */
export type PublicPage =
  | { readonly kind: 'found'; readonly page: ProjectPage }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable'; readonly cause: string };

/** The index behind the external connection `public:pypi`: the part of an `UpstreamIndex` that the stack needs. */
export type PublicIndex = {
  page(name: ProjectName): Promise<PublicPage>;
  /** Returns the page of a project that was read lately, and when, in epoch milliseconds. Default: none. */
  lastRead?(name: ProjectName): { readonly answer: Promise<PublicPage>; readonly at: number } | undefined;
  /** Opens one file for reading from its first byte. */
  open(file: IndexFile): Promise<{ readonly stream: Readable; readonly size?: number | undefined }>;
};

/** The address of the stack, and the secret that AWS clients use as access key ID. */
export type StackAccess = {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly endpoint: string;
  readonly secret: Secret;
};

/** The address of the stack, and the names of a domain and of a state machine that writes to it. */
export type DomainAccess = StackAccess & { readonly domain: string; readonly stateMachine: string };

/** A domain for the tasks. In the stack's own process, their AWS clients call the services without a connection. */
export type InnerAccess = DomainAccess & { readonly answer?: Answer };

/** One task of the workflow: takes the payload of `lambda:invoke`, and returns what the Lambda function returns. */
export type Task = (payload: never) => Promise<unknown>;

/** The input transformer of an EventBridge target. */
export type EventInput = {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
};

/** What the stack needs for one configuration: its indexes, its firewall and its workflow tasks. */
export type StackServices = {
  readonly upstream: PublicIndex;
  /** The tasks by state name, or by the part of `FunctionName` after the last `:`, without the prefix `awspip-`. */
  readonly tasks: (access: InnerAccess) => Readonly<Record<string, Task>>;
  /** Checks whether the policy calls a project internal, so that its releases are uploaded. None is without it. */
  readonly isInternal?: (name: ProjectName) => boolean;
  /** Answers `GET /package-check`. */
  readonly packageCheck: (request: Request) => Promise<Response>;
  /**
   * Prepares the records of the domain before its first execution: creates the table, and ends the leases of the
   * executions that the last process left running. Receives the names of those executions, and the decisions of people
   * that the table must have.
   */
  readonly prepare?: (
    access: InnerAccess,
    orphaned: readonly string[],
    decisions: readonly StoredItem[],
  ) => Promise<void>;
  readonly close?: () => Promise<void>;
};

/** A configuration that a client registered, and the names of the resources that it gets. */
export type Configured = {
  /** Depends only on the indexes. Configurations with the same indexes share the domain, its packages and records. */
  readonly domain: string;
  /** Depends on the whole configuration. */
  readonly stateMachine: string;
  /** The configuration without secrets, which the next process starts with. */
  readonly stored: unknown;
  /** Opens the services of the configuration. */
  readonly open: () => StackServices;
};

/** The parts and the configuration of a stack. */
export type StackOptions = {
  /** The folder of everything that the stack stores. It is created if it does not exist. */
  readonly stateDirectory: string;
  /** The file of people's decisions, which is not a part of the state: it survives a reset. */
  readonly decisionsFile: string;
  /** The deployed States Language document. */
  readonly definition: object;
  /** Returns the pattern of the rule for missing projects of a domain. */
  readonly eventPattern: (domain: string) => object;
  readonly eventInput: EventInput;
  /**
   * Reads a configuration that a client registers.
   *
   * @throws {AwspipError} when it is invalid.
   */
  readonly configure: (configuration: unknown) => Configured;
  /** awspip's version, which the health check reports. */
  readonly version: string;
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
  /** Opens the domain and the state machine of a configuration, and returns their names. */
  register(configuration: unknown): Promise<DomainAccess>;
  /** Returns the number of running executions. */
  running(): number;
  /** Returns when the last authorized request arrived or the last execution ended, in epoch milliseconds. */
  lastUsed(): number;
  /** Rejects new executions, waits at most `waitSeconds` for those that run, then closes the stack. */
  drain(waitSeconds: number): Promise<void>;
  /** Closes the stack without waiting. The next start marks the executions that were running as ABORTED. */
  close(): Promise<void>;
};
