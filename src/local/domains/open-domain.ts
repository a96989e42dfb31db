import { once } from '../../once.ts';
import type { Decisions } from '../decisions.ts';
import { missingRule } from '../events/missing-rule.ts';
import type { Answer } from '../http.ts';
import type { BlobStore } from '../packages/blob-store.ts';
import { importControls } from '../packages/import-controls.ts';
import { restoreUploads, withCopies } from '../packages/own-releases.ts';
import { packageStore } from '../packages/package-store.ts';
import { publicPackages } from '../packages/public-packages.ts';
import { type Engine, engine } from '../step-functions/engine.ts';
import { closeOrphaned, type Executions, executions } from '../step-functions/executions.ts';
import { type Journal, openJournal } from '../step-functions/journal.ts';
import type { Slots } from '../step-functions/slots.ts';
import type { InnerAccess, StackAccess, StackOptions, StackServices } from '../types.ts';
import type { Domain, StateMachine } from './domain.ts';
import type { DomainFolders } from './domain-folders.ts';
import { domainSettings } from './domain-settings.ts';
import { firstReachable } from './first-reachable.ts';

/** What every domain shares. */
export type DomainParts = {
  readonly options: StackOptions;
  readonly folders: DomainFolders;
  readonly blobs: BlobStore;
  readonly slots: Slots;
  readonly decisions: Decisions;
  readonly access: () => StackAccess;
  readonly answer: Answer;
};

/** A state machine whose configuration is registered. */
type RegisteredMachine = {
  /** The registered configuration as JSON text. */
  readonly text: string;
  readonly services: StackServices;
  /** Runs the workflow with the tasks of these services. */
  readonly engine: () => Promise<Engine>;
  readonly executions: Executions;
};

/** A domain that this process has opened. */
export type OpenedDomain = {
  readonly domain: Domain;
  machine(name: string): StateMachine | undefined;
  machineNames(): readonly string[];
  /** Opens a configuration's services, unless the state machine has them. `text` is the configuration as JSON. */
  register(stateMachine: string, text: string, open: () => StackServices): Promise<void>;
  /** Returns the services of the latest configuration. */
  services(): StackServices | undefined;
  /** Returns the executions of every state machine. */
  executions(): readonly Executions[];
  close(): Promise<void>;
};

/** Opens a domain: its packages, and the executions of its state machines. Those left running are closed as ABORTED. */
export async function openDomain(name: string, parts: DomainParts): Promise<OpenedDomain> {
  const { options, folders, blobs, slots, decisions, access, answer } = parts;
  const { now, log } = options;
  const createdTime = await folders.create(name, now());
  const [stored, copies] = [packageStore(folders.packages(name)), packageStore(folders.uploads(name))];
  await restoreUploads(stored, copies);
  const packages = withCopies(stored, copies);
  const settings = domainSettings(folders.settings(name));
  const journals = new Map<string, Journal>();
  const orphaned: string[] = [];
  for (const machine of await folders.machines(name)) {
    const journal = await openJournal(folders.executions(name, machine), now(), log);
    orphaned.push(...(await closeOrphaned(journal, now())));
    journals.set(machine, journal);
  }
  /** The latest registration is last. */
  const registered = new Map<string, RegisteredMachine>();
  const replaced: StackServices[] = [];
  const latest = (): RegisteredMachine | undefined => [...registered.values()].at(-1);
  const upstream = firstReachable(() => [...registered.values()].reverse().map(({ services }) => services.upstream));
  let prepared = false;

  const openExecutions = async (machine: string): Promise<Executions> => {
    const journal = journals.get(machine) ?? (await openJournal(folders.executions(name, machine), now(), log));
    journals.set(machine, journal);
    // An execution that runs when its configuration is registered again keeps the tasks that it began with.
    const start = async (): Promise<Engine> => {
      const current = registered.get(machine);
      if (!current) throw new Error(`the state machine ${machine} is not registered`);
      return current.engine();
    };
    return executions({ stateMachine: machine, journal, engine: start, slots, now });
  };

  const domain: Domain = {
    name,
    createdTime,
    packages,
    settings,
    blobs,
    isInternal: (project) => latest()?.services.isInternal?.(project) ?? false,
    publicPackages: publicPackages({ packages, blobs, upstream, mayImport: importControls(packages, settings), now }),
    onMissing: missingRule({
      domain: name,
      pattern: options.eventPattern(name),
      input: options.eventInput,
      executions: () => latest()?.executions,
      now,
      log,
    }),
  };
  return {
    domain,
    machine: (machine) => {
      const journal = journals.get(machine);
      return journal && { name: machine, journal, executions: registered.get(machine)?.executions };
    },
    machineNames: () => [...journals.keys()],
    register: async (machine, text, open) => {
      const known = registered.get(machine);
      if (known?.text === text) {
        registered.delete(machine);
        registered.set(machine, known);
        return;
      }
      const services = open();
      const inner: InnerAccess = { ...access(), domain: name, stateMachine: machine, answer };
      if (!prepared) await services.prepare?.(inner, orphaned, await decisions.of(name));
      prepared = true;
      registered.delete(machine);
      if (known) replaced.push(known.services);
      registered.set(machine, {
        text,
        services,
        engine: once(() => engine(options.definition, services.tasks(inner))),
        executions: known?.executions ?? (await openExecutions(machine)),
      });
    },
    services: () => latest()?.services,
    executions: () => [...registered.values()].map((machine) => machine.executions),
    close: async () => {
      const all = [...replaced, ...[...registered.values()].map(({ services }) => services)];
      await Promise.all(all.map((services) => services.close?.()));
    },
  };
}
