import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const stub = `${root}src/local/step-functions/no-lambda.ts`;

/**
 * Bundles the background process of the tests as the real one is bundled, and answers the program's path. It lies
 * where `dynalite`, which cannot be bundled, is found.
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
    external: ['dynalite'],
    alias: { '@aws-sdk/client-lambda': stub, '@aws-sdk/credential-providers': stub },
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
