import type { Capture } from '../../pip/capture.ts';
import type { Attempt } from './judge-way.ts';
import type { RecordingProxy } from './recording-proxy.ts';
import type { Way } from './ways.ts';

/** No such project exists, and the request for it reaches only the proxy. */
const probe = 'awspip-bypass-probe';

type Environment = Readonly<Record<string, string>>;

/** Asks a program for a package that does not exist. The proxy records where it looks, and nothing leaves the machine. */
export async function tryWay(
  { tool, program, options }: Way,
  { folder, environment }: { readonly folder: string; readonly environment: Environment },
  proxy: RecordingProxy,
  capture: Capture,
): Promise<Attempt> {
  const verb =
    tool === 'uv'
      ? ['pip', 'install', '--no-cache', '--no-progress', '--target', folder, ...options, probe]
      : [
          'download',
          '--no-deps',
          '--no-cache-dir',
          '--retries',
          '0',
          '--timeout',
          '5',
          '--dest',
          folder,
          ...options,
          probe,
        ];
  proxy.takeOrigins();
  const { stdout, stderr } = await capture([...program, ...verb], {
    environment: proxied(environment, proxy.url),
    // uv reads the configuration of the project. pip has none, and could run a module of the working folder.
    ...(tool === 'pip' && { cwd: folder }),
    timeoutSeconds: 30,
  });
  return { origins: proxy.takeOrigins(), output: `${stdout}\n${stderr}` };
}

/** Returns the environment with this proxy for every host, loopback included. */
function proxied(environment: Environment, proxyUrl: string): Environment {
  const others = Object.entries(environment).filter(
    ([name]) => !/^(?:\w+_proxy|no_proxy|pip_proxy|pip_quiet|pip_verbose|pip_no_input)$/i.test(name),
  );
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [
    [name, proxyUrl],
    [name.toLowerCase(), proxyUrl],
  ]);
  return {
    ...Object.fromEntries([...others, ...proxies]),
    PIP_PROXY: proxyUrl,
    // A quiet pip would not name its sources.
    ...{ PIP_QUIET: '0', PIP_VERBOSE: '0', PIP_NO_INPUT: '1' },
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    UV_HTTP_RETRIES: '0',
  };
}
