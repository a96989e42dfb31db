import type { ProjectName } from '../../index/types.ts';
import type { HttpRequest } from '../http.ts';
import type { BlobStore } from '../packages/blob-store.ts';
import type { PackageStore } from '../packages/package-store.ts';
import type { PublicPackages } from '../packages/public-packages.ts';
import type { Executions } from '../step-functions/executions.ts';
import type { Journal } from '../step-functions/journal.ts';
import type { DomainSettings } from './domain-settings.ts';

/** A state machine: the workflow with the policy, sources and credentials of one configuration. */
export type StateMachine = {
  readonly name: string;
  readonly journal: Journal;
  /** Absent while no client has registered its configuration since the process started. */
  readonly executions?: Executions | undefined;
};

/** A CodeArtifact domain: one set of indexes, with its repositories. */
export type Domain = {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly createdTime: number;
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  readonly settings: DomainSettings;
  /** The bytes of all domains. */
  readonly blobs: BlobStore;
  /** Checks whether the latest policy calls a project internal, so that its releases may be uploaded. */
  readonly isInternal: (name: ProjectName) => boolean;
  /** Called for each request for a project that secure-pypi does not have. */
  readonly onMissing: (missing: { readonly name: ProjectName; readonly request: HttpRequest }) => void;
};

/** The domains and state machines of a stack. */
export type Domains = {
  /** Returns the names of all domains, sorted. */
  names(): Promise<readonly string[]>;
  /** Returns a domain. One of an earlier process is opened with the configuration that is stored. */
  find(name: string): Promise<Domain | undefined>;
  findMachine(name: string): Promise<StateMachine | undefined>;
  /** Returns the names of all state machines, sorted. */
  machineNames(): Promise<readonly string[]>;
};
