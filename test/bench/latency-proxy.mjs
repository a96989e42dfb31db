// A TCP proxy on loopback that adds a round trip to every connection and to every exchange, and counts the bytes that
// it passes to the client.
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Starts the proxy. `roundTrip` is in milliseconds and may be changed. */
export async function startLatencyProxy(target) {
  const proxy = { roundTrip: 0, bytes: 0, port: 0, close: undefined };
  const sockets = new Set();
  const server = net.createServer({ allowHalfOpen: true }, async (client) => {
    sockets.add(client);
    client.on('error', () => {});
    if (proxy.roundTrip > 0) await wait(proxy.roundTrip); // the handshake
    const upstream = net.connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    pump(client, upstream, proxy, () => {});
    pump(upstream, client, proxy, (length) => {
      proxy.bytes += length;
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

/** Passes each chunk on after half a round trip. Chunks keep their order and their distances. */
function pump(from, to, proxy, count) {
  let last = Promise.resolve();
  let queued = 0;
  const later = (action) => {
    const due = performance.now() + proxy.roundTrip / 2;
    last = last.then(async () => {
      const left = due - performance.now();
      if (left > 0) await wait(left);
      await action();
    });
  };
  to.setMaxListeners(0); // Each chunk that waits listens.
  from.on('data', (chunk) => {
    count(chunk.length);
    queued += chunk.length;
    if (queued > 32 * 1024 * 1024) from.pause();
    later(async () => {
      if (!to.destroyed && !to.write(chunk))
        await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      queued -= chunk.length;
      if (queued < 8 * 1024 * 1024) from.resume();
    });
  });
  from.on('end', () => later(async () => to.end()));
}
