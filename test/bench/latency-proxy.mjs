// A TCP proxy on loopback that adds a round trip to every connection and to every exchange, limits the rate and the
// window to the client, and counts the bytes that it passes to the client.
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** The first window of a connection (RFC 6928), and the largest with the default `net.ipv4.tcp_wmem` of Linux, in bytes. */
const windowBytes = { first: 10 * 1460, largest: 4 * 1024 * 1024 };

/**
 * Starts the proxy. `roundTrip` is in milliseconds, `megabits` per second of all connections. With `hasWindow`, a
 * connection sends as much in a round trip as TCP's slow start allows. All three may be changed.
 */
export async function startLatencyProxy(target) {
  const proxy = { roundTrip: 0, megabits: Infinity, hasWindow: false, bytes: 0, port: 0, close: undefined };
  let linkFree = 0;
  /** Returns how many milliseconds pass until the link has sent this many bytes more. */
  const sending = (length) => {
    const now = performance.now();
    linkFree = Math.max(now, linkFree) + (length * 8) / (proxy.megabits * 1000);
    return linkFree - now;
  };
  const sockets = new Set();
  const server = net.createServer({ allowHalfOpen: true }, async (client) => {
    sockets.add(client);
    client.on('error', () => {});
    if (proxy.roundTrip > 0) await wait(proxy.roundTrip); // the handshake
    const upstream = net.connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    const window = openWindow(proxy);
    pump(client, upstream, proxy, async () => 0);
    pump(upstream, client, proxy, async (length) => {
      proxy.bytes += length;
      if (proxy.hasWindow) await window.take(length);
      return sending(length);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.port = server.address().port;
  proxy.close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return proxy;
}

/** Opens the window of a connection: bytes that are on their way and not acknowledged. It grows by what is acknowledged. */
function openWindow(proxy) {
  let size = windowBytes.first;
  let used = 0;
  let wake = () => {};
  return {
    /** Waits until a chunk may be sent. A chunk that is larger than the window takes several round trips. */
    async take(length) {
      for (let left = length; left > 0; ) {
        const part = Math.min(left, size - used);
        if (part <= 0) {
          await new Promise((resolve) => {
            wake = resolve;
          });
          continue;
        }
        left -= part;
        used += part;
        setTimeout(() => {
          used -= part;
          size = Math.min(windowBytes.largest, size + part);
          wake();
        }, proxy.roundTrip);
      }
    },
  };
}

/** Passes each chunk on after half a round trip and the time of `send`. Chunks keep their order and their distances. */
function pump(from, to, proxy, send) {
  let [sent, last] = [Promise.resolve(), Promise.resolve()];
  let queued = 0;
  // On a link with a limit, what a client that disconnects has not read must not delay others for long.
  const maxQueued = (proxy.megabits === Infinity ? 32 : 2) * 1024 * 1024;
  const later = (action, length = 0) => {
    sent = sent.then(async () => {
      const milliseconds = length === 0 ? 0 : await send(length);
      const due = performance.now() + proxy.roundTrip / 2 + milliseconds;
      last = last.then(async () => {
        const left = due - performance.now();
        if (left > 0) await wait(left);
        await action();
      });
    });
  };
  to.setMaxListeners(0); // Each chunk that waits listens.
  from.on('data', (chunk) => {
    queued += chunk.length;
    if (queued > maxQueued) from.pause();
    later(async () => {
      if (!to.destroyed && !to.write(chunk))
        await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      queued -= chunk.length;
      if (queued < maxQueued / 4) from.resume();
    }, chunk.length);
  });
  from.on('end', () => later(async () => to.end()));
}
