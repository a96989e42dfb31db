import type { AddressInfo } from 'node:net';
import type { ServerType } from '@hono/node-server';
import { type PagePorts, pageApp } from '../../src/cli/page/page-app.tsx';
import { openSession } from '../../src/cli/page/session.ts';
import { listen } from '../../src/firewall/serve/listen.ts';
import type { PolicyNotes } from '../../src/vetting/policy-notes.ts';
import { now, type openTable } from './records.ts';

export type PageServer = {
  readonly origin: string;
  readonly openPath: string;
  readonly path: string;
  readonly token: string;
  close(): Promise<void>;
};

/** Serves the page over records in memory, on a real socket. */
export async function startPage(
  { records }: Pick<ReturnType<typeof openTable>, 'records'>,
  { notes, ...change }: Partial<PagePorts> & { readonly notes?: PolicyNotes } = {},
): Promise<PageServer> {
  let count = 0;
  const session = openSession(() => `secret-${count++}`);
  const service = {
    ...{ records: async () => records, now: () => now, unique: () => `id-${count++}`, userName: 'lea@b' },
    policyNotes: async () => notes ?? { indexes: [], approvals: { days: 90, maxDays: 180, selfApproval: true } },
    firewall: async () => ({
      assess: () => Promise.reject(new Error('no source in this test')),
      close: async () => {},
    }),
  } as unknown as PagePorts['service'];
  const app = pageApp({
    ...{ service, mode: 'local', session, peerUser: async () => process.geteuid?.(), sleep: async () => {} },
    resolved: { values: {} } as PagePorts['resolved'],
    vet: async () => Promise.reject(new Error('nothing is vetted in this test')),
    ...change,
  });
  const server: ServerType = await listen(app.fetch, { host: '127.0.0.1', port: 0 });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ openPath: session.openPath, path: session.path, token: session.formToken },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
