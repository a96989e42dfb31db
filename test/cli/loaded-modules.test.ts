import { access, readdir, readFile } from 'node:fs/promises';
import nodeModule from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { readMetafile } from '../helpers/bundle.ts';

const list = 'src/firewall/names/popular-projects.txt';

let user: Sandbox;
beforeAll(async () => {
  user = await sandbox();
});
afterAll(async () => user.remove());

/** Returns the address of every module that a process loaded, as Node reports it for coverage. */
async function loadedFiles(argv: readonly string[]): Promise<readonly string[]> {
  const folder = user.path(`loaded-${argv.join('-')}`);
  const { exitCode, stderr } = await user.run(argv, { NODE_V8_COVERAGE: folder });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const reports = (await readdir(folder)).map(async (name) => readFile(`${folder}/${name}`, 'utf8'));
  const results = (await Promise.all(reports)).flatMap(
    (report) => (JSON.parse(report) as { result: { url: string }[] }).result,
  );
  return results.map(({ url }) => url);
}

const files = Object.entries(readMetafile().outputs).flatMap(([file, { inputs }]) => (list in inputs ? [file] : []));
const readsList = async (argv: readonly string[]) =>
  (await loadedFiles(argv)).some((address) => files.some((file) => address.endsWith(`/${file}`)));

test.each(['--version', '--help', 'list', 'status', 'policy show'])(
  'awspip %s does not read the popularity list',
  async (line) => {
    expect(await readsList(line.split(' '))).toBe(false);
  },
);

test('awspip policy names reads the popularity list', async () => {
  expect(await readsList(['policy', 'names'])).toBe(true);
});

test('compiled code is kept where Node.js can do it, except in CI and for commands that pip runs alone', async () => {
  const isKeptBy = async (argv: readonly string[], variables: Readonly<Record<string, string>> = {}) => {
    const cache = user.path(`cache-${argv.join('-')}-${Object.keys(variables)}`);
    expect((await user.run(argv, { XDG_CACHE_HOME: cache, CI: '', ...variables })).exitCode).toBe(0);
    return access(`${cache}/awspip/compiled`).then(
      () => true,
      () => false,
    );
  };
  const canKeep = 'enableCompileCache' in nodeModule;
  expect(await isKeptBy(['help'])).toBe(canKeep);
  expect([await isKeptBy(['help'], { CI: 'true' }), await isKeptBy(['list'])]).toEqual([false, false]);
});

test('only awspip review loads its page', () => {
  const outputs = Object.entries(readMetafile().outputs);
  const holding = (source: string) => outputs.filter(([, { inputs }]) => source in inputs);
  const [[page] = ['none']] = holding('src/cli/page/page-app.tsx');
  const importers = outputs.flatMap(([, { inputs, imports }]) =>
    imports.filter(({ path }) => path === page).map(({ kind }) => [kind, 'src/cli/verbs/review.ts' in inputs]),
  );
  expect(importers).toEqual([['dynamic-import', true]]);
});

test.each(['src/cli/completion/completion-table.ts', 'src/cli/help/manual-page.ts', 'src/cli/help/screen.ts'])(
  'no verb loads %s before it is needed',
  (source) => {
    const { outputs } = readMetafile();
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement') load(path);
    };
    for (const [file, { inputs }] of Object.entries(outputs)) {
      if ('src/main.ts' in inputs || 'src/cli/own-verbs.ts' in inputs) load(file);
    }
    expect(loaded.size).toBeGreaterThan(2);
    expect([...loaded].filter((file) => source in (outputs[file]?.inputs ?? {}))).toEqual([]);
  },
);
