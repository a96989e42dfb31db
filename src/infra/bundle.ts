import path from 'node:path';
import { build } from 'esbuild';
import { entries } from './function-names.ts';

/** The bundle of one function: its file and its size. */
export type Bundle = { readonly entry: string; readonly file: string; readonly bytes: number };

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Bundles every function with the SDK to `<folder>/<entry>/index.mjs`, so that the deployed code doesn't depend on the
 * SDK version of the Lambda runtime.
 *
 * @param source the folder of the entries, which differs when this module is bundled itself
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
    // esbuild can't remove unused code from the SDK's CommonJS form.
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
