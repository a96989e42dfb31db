// Bundles the modules of the release, which Node 20 cannot run as TypeScript, and runs them.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = path.resolve(import.meta.dirname, '..');
const outfile = path.join(folder, '.build/out/release.mjs');
await build({
  entryPoints: [path.join(import.meta.dirname, 'main.ts')],
  outfile,
  ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'warning' },
});
const { main } = await import(pathToFileURL(outfile).href);
process.exitCode = await main(process.argv.slice(2), folder);
