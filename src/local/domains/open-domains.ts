import { once } from '../../once.ts';
import { keyedQueue } from '../keyed-queue.ts';
import { isResourceName } from '../names.ts';
import type { Executions } from '../step-functions/executions.ts';
import type { Configured, DomainAccess, StackServices } from '../types.ts';
import type { Domains } from './domain.ts';
import { type DomainParts, type OpenedDomain, openDomain } from './open-domain.ts';

/** The domains of a stack, and what its owner does with them. */
export type OpenedDomains = Domains & {
  /** Opens the domain and the state machine of a configuration. */
  register(configuration: unknown): Promise<DomainAccess>;
  /** Returns the services of the latest configuration, of one domain or of all. */
  services(domain: string | undefined): StackServices | undefined;
  executions(): readonly Executions[];
  close(): Promise<void>;
};

/** Returns the domains of a stack. Each is opened when a client first uses it. */
export function openDomains(parts: DomainParts): OpenedDomains {
  const { options, folders, access } = parts;
  const opened = new Map<string, () => Promise<OpenedDomain>>();
  const domains = new Map<string, OpenedDomain>();
  const inOrder = keyedQueue();
  let latest: OpenedDomain | undefined;

  const openOnce = async (name: string): Promise<OpenedDomain> => {
    const open = opened.get(name) ?? once(() => openDomain(name, parts));
    opened.set(name, open);
    const domain = await open();
    domains.set(name, domain);
    return domain;
  };

  const registerAs = (stateMachine: string, configured: Configured, text: string): Promise<OpenedDomain> =>
    inOrder(configured.domain, async () => {
      const domain = await openOnce(configured.domain);
      await domain.register(stateMachine, text, configured.open);
      return domain;
    });

  /** Opens a domain of an earlier process with its latest stored configuration, which has no secrets. */
  const restore = async (name: string): Promise<OpenedDomain | undefined> => {
    for (const machine of await folders.machines(name)) {
      const stored = await folders.readConfiguration(name, machine);
      if (stored === undefined) continue;
      const configured = options.configure(stored);
      if (configured.domain === name) return registerAs(machine, configured, JSON.stringify(stored));
    }
    return undefined;
  };
  const findOpened = async (name: string): Promise<OpenedDomain | undefined> => {
    const found = domains.get(name);
    if (found?.services()) return found;
    return isResourceName(name) ? restore(name) : undefined;
  };
  const domainOfMachine = async (machine: string): Promise<OpenedDomain | undefined> => {
    for (const domain of domains.values()) if (domain.machine(machine)) return domain;
    for (const name of await folders.domains()) {
      if ((await folders.machines(name)).includes(machine)) return findOpened(name);
    }
    return undefined;
  };

  return {
    names: () => folders.domains(),
    find: async (name) => (await findOpened(name))?.domain,
    findMachine: async (name) => (await domainOfMachine(name))?.machine(name),
    machineNames: async () => {
      const names = await Promise.all((await folders.domains()).map((domain) => folders.machines(domain)));
      return names.flat().toSorted();
    },
    register: async (configuration) => {
      const configured = options.configure(configuration);
      const { domain: name, stateMachine } = configured;
      latest = await registerAs(stateMachine, configured, JSON.stringify(configuration));
      await folders.writeConfiguration(name, stateMachine, configured.stored);
      return { ...access(), domain: name, stateMachine };
    },
    services: (domain) => (domain === undefined ? latest : domains.get(domain))?.services(),
    executions: () => [...domains.values()].flatMap((domain) => domain.executions()),
    close: async () => {
      await Promise.all([...domains.values()].map((domain) => domain.close()));
    },
  };
}
