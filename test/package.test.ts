import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
type Manifest = { files?: string[]; dependencies?: Record<string, string> };
const manifestOf = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** What `npx awspip` brings along, by Node's own way of finding packages. */
function installedFolders(from: string, found = new Set<string>()): Set<string> {
  for (const name of Object.keys(manifestOf(from).dependencies ?? {})) {
    let at = from;
    while (!existsSync(path.join(at, 'node_modules', name, 'package.json'))) at = path.dirname(at);
    const folder = path.join(at, 'node_modules', name);
    if (found.has(folder)) continue;
    found.add(folder);
    installedFolders(folder, found);
  }
  return found;
}

/** Without packages nested in others: those are counted by themselves. */
function ownFiles(folder: string): string[] {
  return filesBelow(folder).filter((file) => !path.relative(folder, file).includes('node_modules'));
}

test('docs/performance.md states the installed size and file count', () => {
  const shipped = ['bin', 'dist'].flatMap((part) => filesBelow(path.join(root, part)));
  const files = [...shipped, ...[...installedFolders(root)].flatMap(ownFiles)];
  const megabytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
  const said = /installs (\d+) MB in (\d+) files/.exec(readFileSync(path.join(root, 'docs/performance.md'), 'utf8'));
  expect({ megabytes: Number(said?.[1]), files: Number(said?.[2]) }).toEqual({
    megabytes: expect.toSatisfy((told: number) => Math.abs(told - megabytes) <= 1),
    files: expect.toSatisfy((told: number) => Math.abs(told - files.length) <= files.length / 10),
  });
});

test('nothing is installed but the database: all else is bundled', () => {
  expect(Object.keys(manifestOf(root).dependencies ?? {})).toEqual(['dynalite']);
});
