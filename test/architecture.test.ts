import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

type Folder = { readonly purpose: string; readonly mayImport: readonly string[] };

/** The folders of `src`: what each is for, and which others it may import. `src/README.md` shows the same sentences. */
const folders: Readonly<Record<string, Folder>> = {
  settings: { purpose: 'Every setting once: flag, environment, project file, user file, default.', mayImport: [] },
  index: { purpose: 'Names, versions, markers, tags, simple-index pages, and the HTTP client.', mayImport: [] },
  aws: {
    purpose: 'Credentials, profiles, MFA, regions and SDK clients, as the AWS CLI has them.',
    mayImport: ['index', 'settings'],
  },
  sandbox: { purpose: 'Runs pip and its builds without credentials and network, on Linux.', mayImport: ['settings'] },
  pip: {
    purpose: 'pip as a process: its grammar, configuration, environment, runs and failures.',
    mayImport: ['index', 'settings', 'sandbox'],
  },
  relay: { purpose: 'The loopback proxy between an installer and the repository.', mayImport: ['index'] },
  codeartifact: { purpose: 'Tokens, endpoint, ingest and copy in CodeArtifact.', mayImport: ['index', 'aws', 'relay'] },
  vetting: {
    purpose: 'Requests and records: states, keys, the DynamoDB store, starting and awaiting.',
    mayImport: ['index', 'aws'],
  },
  firewall: { purpose: 'Signals, policy and verdict; names; code inspection; the HTTP API.', mayImport: ['index'] },
  workflow: {
    purpose: 'The States Language document, its tasks, and the resolver.',
    mayImport: ['index', 'vetting', 'firewall', 'codeartifact'],
  },
  local: {
    purpose: "The local stack: AWS's services on loopback.",
    mayImport: ['index', 'aws', 'vetting', 'workflow'],
  },
  install: {
    purpose: 'The main loop: run pip, find what is missing, vet it, wait, rerun pip.',
    mayImport: ['pip', 'index', 'relay', 'vetting', 'sandbox'],
  },
  installers: {
    purpose: 'uv, pipx, poetry and others: how each is redirected and read.',
    mayImport: ['index', 'pip', 'relay', 'install', 'vetting', 'sandbox'],
  },
  review: {
    purpose: 'Evidence and decisions of the people who approve or deny.',
    mayImport: ['index', 'aws', 'codeartifact', 'vetting', 'firewall', 'install', 'installers', 'pip', 'settings'],
  },
  doctor: {
    purpose: 'The checks of `awspip doctor`.',
    mayImport: ['index', 'aws', 'pip', 'codeartifact', 'vetting', 'firewall', 'local', 'settings', 'sandbox'],
  },
  infra: {
    purpose: 'The CDK app and the Lambda functions.',
    mayImport: ['workflow', 'vetting', 'firewall', 'index', 'codeartifact', 'settings', 'pip', 'aws'],
  },
  cli: {
    purpose: 'Verbs, options, messages, and errors as exit codes.',
    mayImport: [
      'install',
      'installers',
      'settings',
      'vetting',
      'pip',
      'index',
      'relay',
      'firewall',
      'review',
      'doctor',
      'aws',
    ],
  },
};
/** Wires the modules together, so it may import them all. */
const wiring = ['start.ts', 'main.ts', 'compose'];
/** May be imported from everywhere. */
const shared = [
  'compile-cache.ts',
  'compiler-settings.ts',
  'map-concurrently.ts',
  'network-hint.ts',
  'end-process.ts',
  'errors.ts',
  'folders.ts',
  'once.ts',
  'printable.ts',
  'private-folder.ts',
  'python-command.ts',
  'process-context.ts',
  'secret.ts',
  'slices.ts',
  'temporary-file.ts',
  'toml.ts',
  'version.ts',
  'wait-budget.ts',
];

const src = path.resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const folderOf = (file: string): string => file.split(path.sep)[0] ?? '';

/** Returns the files that a file imports, type imports and lazy imports included. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, to = '']) =>
    path.relative(src, path.resolve(src, path.dirname(file), to)),
  );
}

test.each(Object.keys(folders))('%s imports only the folders it may', (folder) => {
  const allowed = [folder, ...(folders[folder]?.mayImport ?? [])];
  const others = files
    .filter((file) => folderOf(file) === folder)
    .flatMap((file) => importsOf(file).map((to) => `${file} → ${to}`))
    .filter((arrow) => {
      const to = arrow.split(' → ')[1] ?? '';
      return !shared.includes(to) && !allowed.includes(folderOf(to));
    });
  expect(others).toEqual([]);
});

test('shared files import only types from the modules', () => {
  const imports = shared.flatMap((file) =>
    [...readFileSync(path.join(src, file), 'utf8').matchAll(/^import (?!type )(.*) from '(\.[^']+)'/gm)].map(
      ([, , to = '']) => path.join(to),
    ),
  );
  expect(imports.filter((to) => !shared.includes(to))).toEqual([]);
});

test('every folder of src is in the table', () => {
  const found = new Set(files.map(folderOf).filter((name) => !shared.includes(name) && !wiring.includes(name)));
  expect([...found].sort()).toEqual(Object.keys(folders).sort());
});

test('the table has no circle of folders', () => {
  expect(circles(new Map(Object.entries(folders).map(([name, { mayImport }]) => [name, mayImport])))).toEqual([]);
});

test('no files import each other in a circle, type imports included', () => {
  expect(circles(new Map(files.map((file) => [file, importsOf(file)])))).toEqual([]);
});

test('a circle is found where there is one', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(circles(graph)).toEqual([['b', 'c']]);
});

test('src/README.md shows the same map', () => {
  const map = readFileSync(path.join(src, 'README.md'), 'utf8');
  const missing = Object.entries(folders).filter(
    ([name, { purpose }]) => !map.includes(`| \`${name}\` | ${purpose} |`),
  );
  expect(missing.map(([name, { purpose }]) => `| \`${name}\` | ${purpose} |`)).toEqual([]);
});

test('compose is wiring: at most 1,200 lines', () => {
  const lines = files
    .filter((file) => folderOf(file) === 'compose')
    .map((file) => readFileSync(path.join(src, file), 'utf8').split('\n').length);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1200);
});

test('nothing outside compose and local asks whether the stack is local', () => {
  const askers = files.filter(
    (file) => !file.startsWith('local') && /\bisLocal\b/.test(readFileSync(path.join(src, file), 'utf8')),
  );
  expect(askers).toEqual([]);
});

/** Returns the strongly connected components of more than one node (Tarjan 1972), each sorted. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== order.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1) found.push(component.sort());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}
