import type { Release, TargetEnvironment, TargetPython } from '../index/types.ts';
import type { InstalledRelease } from '../pip/installed-files.ts';
import type { UnvettedSource } from '../pip/roots.ts';
import type { PipRun } from '../pip/run.ts';
import type { Observed } from '../relay/types.ts';
import type { Answer } from '../vetting/await-vetting.ts';
import type { Refusal, RequestContent, RequestRecord, Status } from '../vetting/types.ts';

/** Everything the way of an install may say while it works. It reports facts; the screen chooses the words. */
export type InstallEvent =
  /** `firstStart`: the local stack was started for the first time on this machine. */
  | { readonly code: 'local-stack'; readonly endpoint: string; readonly firstStart: boolean }
  | { readonly code: 'upgrade-asks'; readonly projects: number }
  | {
      readonly code: 'vetting-begins';
      readonly missing: readonly string[];
      readonly round: number;
      /** What was missing is vetted already: now it is asked for on behalf of other Pythons and platforms. */
      readonly wider: boolean;
    }
  | { readonly code: 'vetting-progress'; readonly record: RequestRecord | undefined; readonly seconds: number }
  | { readonly code: 'vetting-ends'; readonly answer: Answer; readonly seconds: number }
  | {
      readonly code: 'pip-again';
      readonly round: number /** Another installer, when it is not pip. */;
      readonly tool?: string;
    };

export type Report = (event: InstallEvent) => void;

/** What a command line and the files it names ask for. */
export type Wanted = Omit<RequestContent, 'environment' | 'requestedBy'> & {
  /** pip's arguments, with standard input and `<(…)` replaced by copies that a second run can read again. */
  readonly argv: readonly string[];
  /** What builds of the own project need, each in an environment of its own. */
  readonly buildRoots: readonly string[];
  /** The Python that files are for, when it is not the one that runs pip. */
  readonly target?: TargetPython | undefined;
  /** Where roots stand that are not arguments, by their text: `requirements.txt:3`. */
  readonly locations?: ReadonlyMap<string, string> | undefined;
};

/** What came of one run of pip. */
export type Ran = {
  readonly run: PipRun;
  readonly observed: Observed;
  /** What pip installed; absent when it failed, was no install, or nobody can tell. */
  readonly installed?: readonly CheckedRelease[] | undefined;
};

/** `admitted`: it may be in place although no page lists it, as the own project is, and what somebody opened. */
export type CheckedRelease = InstalledRelease & { readonly allowed: boolean };

/** The outside world as an install sees it. */
export type InstallPorts = {
  /** Runs pip once through the relay; what earlier runs saw is forgotten first. */
  readonly runPip: (argv: readonly string[]) => Promise<Ran>;
  /** Returns the requirements that the repository lacks for certain; nothing if it had trouble. */
  readonly lacking?: ((requirements: readonly string[]) => Promise<readonly string[]>) | undefined;
  /** The interpreter that asks, found by asking it: for when pip has not said it. */
  readonly environment: () => Promise<TargetEnvironment>;
  /**
   * Starts or joins the vetting of a request and waits. `since`: epoch ms when the failed pip run began. `quietly`: its
   * progress is not reported, as another request's is.
   */
  readonly vet: (ask: Omit<RequestContent, 'requestedBy'>, since: number, quietly?: boolean) => Promise<Answer>;
  /**
   * Called when everything asked for is vetted and something is still missing: whether `vet` asks for more from now on.
   * Without it there is nothing else to ask for.
   */
  readonly widen?: (() => boolean) | undefined;
  /** The releases a request holds, with their states. */
  readonly releasesOf: (requestId: string) => Promise<readonly (Release & { readonly status: Status })[]>;
  /** Of these roots, those whose newest release nobody asked for within the last hour. */
  readonly staleRoots: (roots: readonly string[], environment: TargetEnvironment) => Promise<readonly string[]>;
  /** Prints pip lines that were withheld and turned out to be the last word. */
  readonly release: (heldBack: string) => void;
  readonly report: Report;
  readonly now: () => number;
};

/** How an install ended and why. */
export type InstallResult = {
  readonly ending:
    | { readonly kind: 'pip'; readonly exitCode: number }
    /** `exitCode`: pip's, when the signal ended it rather than Ctrl-C, after which it says goodbye. */
    | { readonly kind: 'interrupted'; readonly exitCode?: number }
    /** pip ended well, and something is in place that was not vetted. */
    | { readonly kind: 'mismatch'; readonly mismatches: readonly Mismatch[] }
    | { readonly kind: 'trouble'; readonly observed: Observed }
    | { readonly kind: 'vetting'; readonly answer: Answer }
    /** Everything asked for is SECURE and pip still finds it missing. */
    | {
        readonly kind: 'no-progress';
        readonly exitCode: number;
        readonly requirements: readonly string[];
        /** Files that a lock file pins and no release holds, where they are what is missing. */
        readonly files: readonly string[];
      };
  readonly pipRuns: number;
  readonly requests: readonly RequestRecord[];
  readonly releases: readonly (Release & { readonly status: Status })[];
  /** Refused releases that did not stop the install: an older one was taken. */
  readonly passedOver: readonly Refusal[];
  readonly deniedHosts: readonly string[];
};

/** Something that is in place now although nothing has vetted it. */
export type Mismatch = {
  readonly name: string;
  readonly version: string;
  /** The file, or where it is from. */
  readonly file: string;
  /** Half a sentence: `… was installed, and <why>`. */
  readonly why: string;
};

export type InstallCallbacks = {
  readonly report: Report;
  /** Told, before anything is started, what would come in unvetted; throws to refuse. */
  readonly accept: (unvetted: readonly UnvettedSource[]) => void;
};

export type OpenInstall = {
  readonly wanted: Wanted;
  readonly ports: InstallPorts;
  readonly close: () => Promise<void>;
};
