import type { AddressInfo } from 'node:net';
import type { Policy } from '../policy.ts';
import { listen, untilSignal } from './listen.ts';
import type { ServedApp } from './served-app.ts';
import type { LogEntry, PolicyServeOptions } from './types.ts';
import { openPolicyWatch } from './watch-policy.ts';

type ServerPorts = {
  /** Whether the policy is in files, which may change. */
  readonly isPolicyInFiles: boolean;
  /** Calls `onFile` with each file of the policy before reading it. */
  readonly readPolicy: (onFile: (file: string) => void) => Promise<Policy>;
  readonly appFor: (policy: Policy) => ServedApp;
  readonly log: (entry: LogEntry) => void;
};

/**
 * Serves the firewall until a signal ends it. A changed policy is in force from the next request. A wrong one is logged,
 * and the one before it stays in force.
 */
export async function runServer(
  options: PolicyServeOptions,
  { isPolicyInFiles, readPolicy, appFor, log }: ServerPorts,
): Promise<void> {
  let app: ServedApp;
  const watch = isPolicyInFiles ? openPolicyWatch(oneAtATime(reload)) : undefined;
  async function read(): Promise<ServedApp> {
    const files = new Set<string>();
    try {
      return appFor(
        await readPolicy((file) => {
          files.add(file);
          // A change after this line is seen, also if the file is wrong or missing now.
          watch?.add(file);
        }),
      );
    } finally {
      watch?.keep(files);
    }
  }
  async function reload(): Promise<void> {
    try {
      app = await read();
      log({ level: 'info', event: 'policy-loaded', policy: app.policyVersion });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log({ level: 'error', event: 'policy-rejected', error: reason, policy: app.policyVersion });
    }
  }
  try {
    app = await read();
    const server = await listen((...request) => app.fetch(...request), options);
    const { address, port } = server.address() as AddressInfo;
    log({ level: 'info', event: 'listening', address, port, policy: app.policyVersion, proxy: options.proxy });
    await untilSignal(server);
  } finally {
    watch?.end();
  }
}

/** Returns a function that runs the work, and once more if it is called while the work runs. */
function oneAtATime(work: () => Promise<void>): () => void {
  let isRunning = false;
  let isDue = false;
  const run = async (): Promise<void> => {
    isDue = true;
    if (isRunning) return;
    isRunning = true;
    while (isDue) {
      isDue = false;
      await work();
    }
    isRunning = false;
  };
  return () => void run();
}
