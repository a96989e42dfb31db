import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import type { ProcessContext } from '../process-context.ts';
import { startableSandbox } from './open-sandbox.ts';
import type { SandboxFacts } from './sandbox-plan.ts';

/** What a program in the sandbox reached. */
export type ProbeResult = {
  /** The hidden paths with contents, and the sockets that answer. */
  readonly visible: readonly string[];
  /** The number of processes. The sandbox has two: bubblewrap's first process, and the program. */
  readonly processes: number;
  /** Whether a server on the loopback of the machine answered. */
  readonly outside: boolean;
  /** Whether the server that the sandbox must reach answered. */
  readonly relay: boolean;
};

const answer = 'awspip';
const timeoutMilliseconds = 15_000;

/** Reads what `SandboxFacts` hides, and connects to two ports: `FACTS PORT PORT`. Prints a `ProbeResult`. */
const probeCode = `
import glob, json, os, socket, stat, sys
facts, inside, outside = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
def answers(family, address, text):
    client = socket.socket(family, socket.SOCK_STREAM)
    client.settimeout(5)
    try:
        client.connect(address)
        return not text or client.recv(100) == b'${answer}'
    except OSError: return False
    finally: client.close()
def is_needed(path): return any((needed + '/').startswith(path + '/') for needed in facts['needed'])
def is_visible(path):
    try:
        if os.path.isdir(path): return any(not is_needed(os.path.join(path, name)) for name in os.listdir(path))
        if stat.S_ISSOCK(os.stat(path).st_mode): return answers(socket.AF_UNIX, path, False)
        with open(path, 'rb') as file: return file.read(1) != b''
    except OSError: return False
visible = [path for path in facts['hidden']['folders'] + facts['hidden']['files'] if is_visible(path)]
print(json.dumps({
    'visible': visible,
    'processes': len(glob.glob('/proc/[0-9]*')),
    'outside': answers(socket.AF_INET, ('127.0.0.1', outside), True),
    'relay': answers(socket.AF_INET, ('127.0.0.1', inside), True),
}))
`;

/**
 * Starts the sandbox with a program that looks for what it hides.
 *
 * @throws {AwspipError} of `startableSandbox`.
 */
export async function probeSandbox(
  context: Pick<ProcessContext, 'settings' | 'environment' | 'stateDirectory'>,
  python: string,
): Promise<ProbeResult & { readonly facts: SandboxFacts }> {
  const [inside, outside] = [await listen(), await listen()];
  const listenOn = (server: Server) => void server.on('connection', (socket) => socket.end(answer));
  try {
    const server = { port: portOf(inside), listenOn };
    const { sandbox, facts } = await startableSandbox(context, { python: async () => python, server });
    const programArguments = [JSON.stringify(facts), String(portOf(inside)), String(portOf(outside))];
    const { child } = sandbox.spawn(
      { command: [python, '-I', '-S', '-c', probeCode, ...programArguments], environment: {} },
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const timer = setTimeout(() => child.kill(), timeoutMilliseconds);
    let output = '';
    for await (const chunk of child.stdout ?? []) output += chunk;
    clearTimeout(timer);
    return { ...(JSON.parse(output) as ProbeResult), facts };
  } finally {
    inside.close();
    outside.close();
  }
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
