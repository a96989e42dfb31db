// A TCP proxy on loopback that adds a round trip to every connection and to every exchange, limits the rate to the
// client, and counts the bytes that it passes to the client.
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Starts the proxy. `roundTrip` is in milliseconds, `megabits` per second of all connections. Both may be changed. */
export async function startLatencyProxy(target) {
  const proxy = { roundTrip: 0, megabits: Infinity, bytes: 0, port: 0, close: undefined };
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
    pump(client, upstream, proxy, () => 0);
    pump(upstream, client, proxy, (length) => {
      proxy.bytes += length;
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

/** Passes each chunk on after half a round trip and the time of `send`. Chunks keep their order and their distances. */
function pump(from, to, proxy, send) {
  let last = Promise.resolve();
  let queued = 0;
  // On a link with a limit, what a client that disconnects has not read must not delay others for long.
  const maxQueued = (proxy.megabits === Infinity ? 32 : 2) * 1024 * 1024;
  const later = (action, milliseconds = 0) => {
    const due = performance.now() + proxy.roundTrip / 2 + milliseconds;
    last = last.then(async () => {
      const left = due - performance.now();
      if (left > 0) await wait(left);
      await action();
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
    }, send(chunk.length));
  });
  from.on('end', () => later(async () => to.end()));
}
