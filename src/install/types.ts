import type { Release, TargetEnvironment, TargetPython } from '../index/types.ts';
import type { InstalledRelease } from '../pip/installed-release.ts';
import type { UnvettedSource } from '../pip/roots.ts';
import type { PipRun } from '../pip/run.ts';
import type { Observed } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { Refusal, RequestContent, RequestRecord, Status } from '../vetting/types.ts';

/** The events of an install. They are facts; the reporter chooses the words. */
export type InstallEvent =
  /** `firstStart`: the local stack was started for the first time on this machine. */
  | { readonly code: 'local-stack'; readonly endpoint: string; readonly firstStart: boolean }
  /** A command without pip, which would name the repository, uses this one on AWS. */
  | { readonly code: 'aws-repository'; readonly label: string }
  /** AWS denies access to the records, so the relay can't hide files that are on hold. */
  | { readonly code: 'records-denied'; readonly cause: string }
  /** The setting `sandbox` is `auto`, and the sandbox cannot start. `reason`: a clause. */
  | { readonly code: 'sandbox-unavailable'; readonly reason: string }
  /** The command, or a file at `where`, names pip's default index, which the vetted repository stands for. */
  | { readonly code: 'default-index'; readonly where: string; readonly value: string }
  /** The command, or a file at `where`, names an index that the policy takes these names from. */
  | { readonly code: 'listed-index'; readonly where: string; readonly value: string; readonly names: readonly string[] }
  /** `pip index` found none of these projects in the vetted repository, and nothing is requested for it. */
  | { readonly code: 'not-listed'; readonly projects: readonly string[] }
  | { readonly code: 'upgrade-asks'; readonly projects: number }
  /** The newest releases of these projects are vetted in the background. */
  | { readonly code: 'newest-asked'; readonly projects: readonly string[] }
  | { readonly code: 'newest-not-asked'; readonly cause: string }
  | {
      readonly code: 'vetting-begins';
      readonly missing: readonly string[];
      readonly round: number;
      /** Whether the missing releases are vetted and are now vetted for other Python versions and platforms too. */
      readonly wider: boolean;
    }
  | {
      readonly code: 'vetting-progress';
      readonly record: RequestRecord | undefined;
      /** How many other vettings run first. */
      readonly waitsFor?: number | undefined;
      readonly seconds: number;
    }
  | {
      readonly code: 'vetting-ends';
      readonly answer: VettingOutcome;
      /** The vetted releases of all requests of the round. A release of two requests counts twice. */
      readonly vetted: number;
      readonly seconds: number;
    }
  /** Another of several files has a result, `last`; none has at the start. `vetted`: different releases so far. */
  | {
      readonly code: 'file-ends';
      readonly done: number;
      readonly total: number;
      readonly last: { readonly file: string; readonly result: string } | undefined;
      readonly vetted: number;
    }
  | {
      readonly code: 'pip-again';
      readonly round: number;
      /** The installer, if it is not pip. */
      readonly tool?: string;
    };

export type Report = (event: InstallEvent) => void;

/** What the command line and the files it names ask to install. */
export type InstallRequest = Omit<RequestContent, 'environment' | 'requestedBy'> & {
  /** pip's arguments. Copies replace standard input and `<(…)`, so that a second run can read them again. */
  readonly argv: readonly string[];
  /** Build requirements of the user's own project. Each build has its own environment. */
  readonly buildRoots: readonly string[];
  /** Whether to vet the newest releases that the roots allow, and to wait for them. */
  readonly newest?: boolean | undefined;
  /** The Python that files are for, if it is not the one that runs pip. */
  readonly target?: TargetPython | undefined;
  /** Where roots stand that are not arguments, by their text: `requirements.txt:3`. */
  readonly locations?: ReadonlyMap<string, string> | undefined;
};

/** The result of one run of pip. */
export type PipResult = {
  readonly run: PipRun;
  readonly observed: Observed;
  /** The installed releases. Absent when pip failed, the command was not an install, or pip gives no report. */
  readonly installed?: readonly CheckedRelease[] | undefined;
};

/**
 * `allowed`: may be installed although no page lists it, because it is the user's own project or the user allowed it.
 */
export type CheckedRelease = InstalledRelease & {
  readonly allowed: boolean;
  /** The environment's folder, where a command may have changed several. */
  readonly environment?: string | undefined;
  /** Where the file came from, if its installer recorded that. */
  readonly origin?: string | undefined;
};

/** The outside services of an install. */
export type InstallPorts = {
  /** Runs pip once through the relay, whose record is reset first. */
  readonly runPip: (argv: readonly string[]) => Promise<PipResult>;
  /** Returns the requirements that the repository lacks for certain; nothing if it had failures. */
  readonly lacking?: ((requirements: readonly string[]) => Promise<readonly string[]>) | undefined;
  /** Returns the environment of the interpreter by running it. Needed when pip did not report it. */
  readonly environment: () => Promise<TargetEnvironment>;
  /**
   * Starts or joins the vetting of a request and waits for it. `since`: epoch milliseconds of the failed pip run's
   * start. `isQuiet`: reports no progress, because another request's is reported.
   */
  readonly vet: (
    request: Omit<RequestContent, 'requestedBy'>,
    since: number,
    isQuiet?: boolean,
  ) => Promise<VettingOutcome>;
  /**
   * Called when all requirements are vetted and something is still missing. Returns whether `vet` requests more from
   * now on. Absent if there is nothing else to request.
   */
  readonly widen?: (() => boolean) | undefined;
  /** Returns the releases of a request with their states. */
  readonly releasesOf: (requestId: string) => Promise<readonly (Release & { readonly status: Status })[]>;
  /** Returns the roots whose newest release was not looked up within the last hour. */
  readonly staleRoots: (roots: readonly string[], environment: TargetEnvironment) => Promise<readonly string[]>;
  /**
   * Starts the vetting of the newest releases that the roots allow, and doesn't wait for it. Returns the roots that it
   * asked for. Absent if the user wants none of this.
   */
  readonly askNewest?: ((request: Omit<RequestContent, 'requestedBy'>) => Promise<readonly string[]>) | undefined;
  /** Prints the lines of pip that were held back and turned out to be final. */
  readonly printHeldLines: (lines: string) => void;
  readonly report: Report;
  readonly now: () => number;
};

/** The result of an install. */
export type InstallResult = {
  readonly ending:
    | { readonly kind: 'pip'; readonly exitCode: number }
    /** `exitCode` is pip's when a signal other than Ctrl-C ended it. */
    | { readonly kind: 'interrupted'; readonly exitCode?: number }
    /** pip succeeded, but installed something that was not vetted. */
    | { readonly kind: 'mismatch'; readonly mismatches: readonly Mismatch[] }
    | { readonly kind: 'relay-failure'; readonly observed: Observed }
    | { readonly kind: 'vetting'; readonly answer: VettingOutcome }
    /** pip reported contradictory requirements, and every release that they need is SECURE. */
    | { readonly kind: 'conflict' }
    /** Every requested release is SECURE, and pip still does not find one. */
    | {
        readonly kind: 'no-progress';
        readonly exitCode: number;
        readonly requirements: readonly string[];
        /** Missing files that a lock file pins and no release has. */
        readonly files: readonly string[];
      };
  readonly pipRuns: number;
  readonly requests: readonly RequestRecord[];
  readonly releases: readonly (Release & { readonly status: Status })[];
  /** Blocked releases that did not stop the install, because an older one was chosen. */
  readonly passedOver: readonly Refusal[];
  readonly deniedHosts: readonly string[];
};

/** An installed release that was not vetted. */
export type Mismatch = {
  readonly name: string;
  readonly version: string;
  /** The file or its origin. */
  readonly file: string;
  /** A clause: `… was installed, and <reason>`. */
  readonly reason: string;
  readonly environment?: string | undefined;
  readonly origin?: string | undefined;
};

export type InstallCallbacks = {
  readonly report: Report;
  /**
   * Called before anything starts with the sources that bypass vetting. Throws to reject them. Returns the URLs of indexes
   * for which the vetted repository stands, because the policy takes names from them.
   */
  readonly accept: (unvettedSources: readonly UnvettedSource[]) => Promise<readonly string[]>;
};

export type OpenInstall = {
  readonly request: InstallRequest;
  readonly ports: InstallPorts;
  readonly close: () => Promise<void>;
};
