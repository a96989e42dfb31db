import type { AddressInfo } from 'node:net';
import type { Policy } from '../policy.ts';
import { listen, untilSignal } from './listen.ts';
import type { ServedApp } from './served-app.ts';
import type { LogEntry, PolicyServeOptions } from './types.ts';
import { watchPolicy } from './watch-policy.ts';

type ServerPorts = {
  /** The policy file to watch; undefined for a policy that does not change. */
  readonly policyFile: string | undefined;
  readonly readPolicy: () => Promise<Policy>;
  readonly appFor: (policy: Policy) => ServedApp;
  readonly log: (entry: LogEntry) => void;
};

/**
 * Serves the firewall until a signal ends it. A changed policy is in force from the next request. A wrong one is logged,
 * and the one before it stays in force.
 */
export async function runServer(
  options: PolicyServeOptions,
  { policyFile, readPolicy, appFor, log }: ServerPorts,
): Promise<void> {
  let app = appFor(await readPolicy());
  const reload = async (): Promise<void> => {
    try {
      app = appFor(await readPolicy());
      log({ level: 'info', event: 'policy-loaded', policy: app.policyVersion });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log({ level: 'error', event: 'policy-rejected', error: reason, policy: app.policyVersion });
    }
  };
  const server = await listen((...request) => app.fetch(...request), options);
  const unwatch = policyFile === undefined ? () => {} : watchPolicy(policyFile, () => void reload());
  const { address, port } = server.address() as AddressInfo;
  log({ level: 'info', event: 'listening', address, port, policy: app.policyVersion, proxy: options.proxy });
  await untilSignal(server);
  unwatch();
}
