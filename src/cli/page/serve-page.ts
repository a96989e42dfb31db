import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { listen, untilSignal } from '../../firewall/serve/listen.ts';
import { peerUser } from '../../relay/peer-user.ts';
import { openBrowser } from './open-browser.ts';
import { type PagePorts, pageApp } from './page-app.tsx';
import { openSession } from './session.ts';

type PageOptions = {
  /** 0 for any free port. */
  readonly port: number;
  readonly open: boolean;
  readonly platform: NodeJS.Platform;
  readonly write: (text: string) => void;
};

/**
 * Serves the review page on loopback until a signal ends it.
 *
 * @throws AwspipError `cannot-listen` (69)
 */
export async function servePage(
  ports: Omit<PagePorts, 'session' | 'peerUser' | 'sleep'>,
  { port, open, platform, write }: PageOptions,
): Promise<void> {
  const session = openSession(() => randomBytes(24).toString('base64url'));
  const sleep = (milliseconds: number) => setTimeout(milliseconds, undefined, { ref: false });
  const { fetch } = pageApp({ ...ports, session, peerUser, sleep });
  const server = await listen(fetch, { host: '127.0.0.1', port }, 'awspip review');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${session.openPath}`;
  write(`${address}\n`);
  if (open) openBrowser(address, platform);
  await untilSignal(server);
}
