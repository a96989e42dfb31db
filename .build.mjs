// Bundles the sources into dist/: ES modules, split so that each verb's heavy parts load only when used.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

// A linked node_modules must not change the names of files: they are part of what is hashed.
const modules = {
  ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
  preserveSymlinks: true,
};
const published = { ...modules, outdir: 'dist', minify: true, keepNames: true, legalComments: 'none', write: false };

/** Returns a plugin that resolves an import to something else. */
const replaced = (filter, resolved) => ({
  name: 'replaced',
  setup: ({ onResolve }) => onResolve({ filter }, () => resolved),
});

/** dynalite loads its actions by names without an ending, which a bundle finds only with it. */
const namedActions = {
  name: 'named-actions',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]dynalite[\\/]index\.js$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replaceAll(/(?<=require\('\.\/\w+\/' \+ action)(?=\))/g, " + '.js'"),
    })),
};

/**
 * Node reads every property of a built-in module that an ES module imports. Some properties of these load other modules
 * when they are read: `node:http` would load `fetch`, which takes 20 ms.
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:(?:fs|http|util)$/ }, ({ path: name, kind }) =>
      kind === 'import-statement' ? { path: name, namespace: 'lazy-builtin' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule('${name}');`,
    }));
  },
};

// In memory first: a build that fails leaves the last good one where it is.
const { outputFiles, metafile } = await build({
  ...published,
  metafile: true,
  entryPoints: ['src/main.ts', 'src/workflow/inspect-worker.ts'],
  splitting: true,
  loader: { '.txt': 'text' },
  entryNames: '[name]',
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [replaced(/^undici$/, { path: path.resolve('.build/undici.mjs') }), namedActions, lazyBuiltins],
  // The SDK's CommonJS form neither splits nor shakes.
  mainFields: ['module', 'main'],
  alias: Object.fromEntries(
    ['@aws-sdk/client-lambda', '@aws-sdk/credential-providers', 'asl-validator', 'level'].map((name) => [
      name,
      './src/local/left-out.ts',
    ]),
  ),
  // Bundled CommonJS libraries call `require`, which ES modules lack.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
});

// The start is one file, and CommonJS, because Node loads that 10 ms faster than an ES module.
const start = await build({
  ...published,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  entryPoints: ['src/start.ts'],
  banner: { js: "'use strict';const __file = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': '__file' },
  plugins: [replaced(/^\.\/main\.ts$/, { path: './main.js', external: true })],
});

// The other modules of the build are TypeScript, which Node 20 cannot run.
await build({
  ...modules,
  entryPoints: ['.build/third-party-notices.ts'],
  outfile: '.build/out/third-party-notices.mjs',
  packages: 'external',
});
const { thirdPartyNotices } = await import('./.build/out/third-party-notices.mjs');
const notices = thirdPartyNotices(metafile);
if (notices.problems.length > 0) {
  process.stderr.write(`${notices.problems.join('\n\n')}\n`);
  process.exit(1);
}

rmSync('dist', { recursive: true, force: true });
for (const { path: file, contents } of [...outputFiles, ...start.outputFiles]) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

// What `--awspip-report` writes, for whoever reads it.
copyFileSync('src/cli/report-schema.json', 'dist/report-schema.json');
// Python puts a script's folder on its module path, so this one holds nothing else.
mkdirSync('dist/python');
copyFileSync('src/pip/python/launch.py', 'dist/python/launch.py');
writeFileSync('THIRD-PARTY-NOTICES.txt', notices.text);
// Which packages are in dist, for the test of what is published.
writeFileSync('.build/out/metafile.json', JSON.stringify(metafile));
