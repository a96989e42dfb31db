import path from 'node:path';
import { build } from 'esbuild';
import { entries } from './function-names.ts';

/** A function's bundle: its file, and how large it is. */
export type Bundle = { readonly entry: string; readonly file: string; readonly bytes: number };

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Bundles every function, SDK included, to `<folder>/<entry>/index.mjs`: what is deployed is what was tested, whatever
 * SDK the runtime of the day comes with.
 *
 * @param source folder of the entries: another one when this module is itself bundled
 */
export async function bundleFunctions(
  folder: string,
  source = path.join(root, 'src/infra/functions'),
): Promise<readonly Bundle[]> {
  const { metafile } = await build({
    entryPoints: entries.map((entry) => ({ in: path.join(source, `${entry}.ts`), out: `${entry}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    loader: { '.txt': 'text' },
    // The SDK's CommonJS form does not shake.
    mainFields: ['module', 'main'],
    // Bundled CommonJS libraries call `require`, which ES modules lack.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  return entries.map((entry) => {
    const file = path.join(folder, entry, 'index.mjs');
    const output = Object.entries(metafile.outputs).find(([name]) => path.resolve(name) === path.resolve(file));
    return { entry, file, bytes: output?.[1].bytes ?? 0 };
  });
}
