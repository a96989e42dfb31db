import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Who may import whom. Read it as the map of the house; the test keeps it true. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  settings: [],
  index: [],
  pip: ['index'],
  codeartifact: ['index'],
  vetting: ['index'],
  firewall: ['index'],
  workflow: ['index', 'vetting', 'firewall', 'codeartifact'],
  local: ['index', 'vetting', 'workflow'],
  install: ['pip', 'index', 'vetting'],
  infra: ['workflow', 'vetting', 'firewall', 'index', 'codeartifact', 'settings', 'pip'],
  tools: ['index', 'pip'],
  cli: ['install', 'settings', 'vetting', 'pip', 'index', 'firewall', 'tools'],
};
/** Words that every room speaks. */
const openToAll = ['errors.ts', 'secret.ts', 'toml.ts', 'version.ts'];
/** Joins the rooms. */
const joins = ['main.ts', 'compose.ts', 'compose'];

const src = path.resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const roomOf = (file: string): string => file.split(path.sep)[0] ?? '';

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, to = '']) =>
    path.relative(src, path.resolve(src, path.dirname(file), to)),
  );
}

test.each(files.filter((file) => !joins.includes(roomOf(file))))('%s imports only what its room may', (file) => {
  if (openToAll.includes(file)) return expect(importsOf(file)).toEqual([]);
  const room = roomOf(file);
  const allowed = [room, ...(mayImport[room] ?? [])];
  const strays = importsOf(file).filter((to) => !openToAll.includes(to) && !allowed.includes(roomOf(to)));
  expect(strays).toEqual([]);
});

test('every folder of src is a room in the table', () => {
  const rooms = new Set(files.filter((file) => file.includes(path.sep)).map(roomOf));
  expect([...rooms].filter((room) => !(room in mayImport) && !joins.includes(room))).toEqual([]);
});

test('nothing outside compose and local asks whether the stack is local', () => {
  const askers = files.filter(
    (file) => !file.startsWith('local') && /\bisLocal\b/.test(readFileSync(path.join(src, file), 'utf8')),
  );
  expect(askers).toEqual([]);
});
