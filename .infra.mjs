// The CDK app as the CDK's CLI runs it: bundles the functions and the app itself, then synthesises.
import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = new URL('.infra/', import.meta.url).pathname;
const bundles = `${folder}functions`;

rmSync(bundles, { recursive: true, force: true });
await build({
  entryPoints: { app: 'src/infra/app.ts', bundle: 'src/infra/bundle.ts' },
  outdir: `${folder}app`,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  loader: { '.txt': 'text' },
  logLevel: 'warning',
});
const { bundleFunctions } = await import(pathToFileURL(`${folder}app/bundle.mjs`).href);
const { synthesizeApp } = await import(pathToFileURL(`${folder}app/app.mjs`).href);
await bundleFunctions(bundles, new URL('src/infra/functions', import.meta.url).pathname);
try {
  synthesizeApp(bundles, process.env);
} catch (error) {
  if (error?.name !== 'AwspipError') throw error;
  process.stderr.write(`${error.message}\n${error.hint ?? ''}\n`);
  process.exitCode = 78;
}
