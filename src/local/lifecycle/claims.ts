import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, symlink, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureCode } from '../files.ts';

/** A socket that this process listens on. The operating system closes it when the process ends, however it ends. */
export type Claim = { readonly name: string; release(): Promise<void> };

const ending = '.claim';
const claimName = (): string => `${randomBytes(6).toString('hex')}${ending}`;
const draftOf = (name: string): string => `${name}.new`;
/** macOS takes paths of sockets up to 103 bytes, Linux up to 107. */
const maxSocketPath = 100;

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject).on('error', () => undefined);
      resolve(server.unref());
    });
  });
}

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** Checks whether a process listens on a socket. Only a refused connection and a missing file mean that none does. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(failureCode(error) ?? '')));
  });
}

/** Calls back with a path of the folder that is short enough for its sockets. */
async function withShortPath<T>(folder: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(join(folder, draftOf(claimName()))) <= maxSocketPath) return use(folder);
  const temporary = await mkdtemp(join(tmpdir(), 'awspip-'));
  try {
    const link = join(temporary, 'l');
    await symlink(folder, link);
    return await use(link);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Listens on a new socket in a folder. The socket gets its name when it accepts connections, so it is never seen dead. */
export async function makeClaim(folder: string): Promise<Claim> {
  const name = claimName();
  const draft = draftOf(name);
  const server = await withShortPath(folder, (path) => listen(join(path, draft)));
  try {
    await rename(join(folder, draft), join(folder, name));
  } catch (error) {
    await close(server);
    throw error;
  }
  return {
    name,
    release: async () => {
      await rm(join(folder, name), { force: true });
      await close(server);
    },
  };
}

/** Returns the names of the claims in a folder whose process runs, and removes those of processes that have ended. */
export async function liveClaims(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  return withShortPath(folder, async (path) => {
    const live = await Promise.all(
      names.map(async (name) => {
        if (await isLive(join(path, name))) return [name];
        await unlink(join(folder, name)).catch(() => undefined);
        return [];
      }),
    );
    return live.flat();
  });
}

/** Returns the named pipe of a folder, which has the part of its only claim on Windows. */
export function pipeOf(folder: string): string {
  return `\\\\.\\pipe\\awspip-${createHash('sha256').update(folder.toLowerCase()).digest('hex')}`;
}

/** Listens on a named pipe. Returns undefined if another process does. */
export async function claimPipe(pipe: string): Promise<Claim | undefined> {
  try {
    const server = await listen(pipe);
    return { name: pipe, release: () => close(server) };
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes(failureCode(error) ?? '')) return undefined;
    throw error;
  }
}
