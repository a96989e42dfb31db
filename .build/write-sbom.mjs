// Writes dist/sbom.cdx.json, the bill of materials of what the last build bundled. Scanners of images and folders find
// it under that name. They cannot see bundled packages otherwise.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

// Node 20 cannot run TypeScript.
await build({
  entryPoints: ['.build/sbom.ts'],
  outfile: '.build/out/sbom.mjs',
  ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'warning' },
});
const { packageSbom } = await import('./out/sbom.mjs');
const epoch = process.env.SOURCE_DATE_EPOCH;
const sbom = packageSbom({
  project: readJson('package.json'),
  metafile: readJson('.build/out/metafile.json'),
  lock: readJson('package-lock.json'),
  manifestOf: (folder) => readJson(path.join(folder, 'package.json')),
  ...(epoch && { epoch: Number(epoch) }),
});
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(sbom, undefined, 2)}\n`);
