import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { StartedProcess } from '../../../src/local/lifecycle/types.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const stub = `${root}src/local/left-out.ts`;

/**
 * Bundles the background process of the tests as the real one is bundled, and returns the path of the program. Its
 * folder is below `node_modules`, so that it can import what the bundle leaves out.
 */
export async function builtServe(name: string): Promise<string> {
  const folder = `${root}node_modules/.cache/awspip-tests`;
  await mkdir(folder, { recursive: true });
  const outfile = `${folder}/${name}-${process.pid}.mjs`;
  await build({
    entryPoints: [`${root}test/local/support/serve.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['dynalite', 'memory-level'],
    alias: { '@aws-sdk/client-lambda': stub, '@aws-sdk/credential-providers': stub, 'asl-validator': stub },
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}

/** Returns a function that starts a program as a detached process, which outlives this one. */
export function detachedProcess(program: string, environment: NodeJS.ProcessEnv): (logFile: number) => StartedProcess {
  return (logFile) => {
    const stdio = ['ignore', logFile, logFile] as const;
    const child = spawn(process.execPath, [program], { detached: true, stdio: [...stdio], env: environment, cwd: '/' });
    child.unref();
    return { pid: child.pid, exited: new Promise((resolve) => child.once('exit', resolve)) };
  };
}
