import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { homeFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Exec } from './exec-command.ts';
import { workspaceOf } from './project.ts';

/** The folders of a uv workspace, its root first; of any other project its own alone. */
export async function workspaceFolders(from: string): Promise<string[]> {
  const nearest = findUp(from, 'pyproject.toml');
  for (let file = nearest; file !== undefined; file = findUp(path.dirname(path.dirname(file)), 'pyproject.toml')) {
    const workspace = workspaceOf((await readText(file)) ?? '');
    if (workspace !== undefined) {
      const root = path.dirname(file);
      const [members, excluded] = await Promise.all(
        [workspace.members, workspace.exclude].map((patterns) => foldersLike(root, patterns)),
      );
      const left = (members ?? []).filter((folder) => !excluded?.includes(folder));
      return [...new Set([root, ...left])].filter((folder) => existsSync(path.join(folder, 'pyproject.toml')));
    }
    if (path.dirname(file) === path.dirname(path.dirname(file))) break;
  }
  return nearest === undefined ? [] : [path.dirname(nearest)];
}

const maxFolders = 500;

/** Folders that a pattern such as `packages/*` names; `**` is taken for one folder. */
async function foldersLike(root: string, patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    let folders = [root];
    for (const part of pattern.split('/').filter((word) => word !== '' && word !== '.')) {
      const below = await Promise.all(folders.map((folder) => entriesLike(folder, part)));
      folders = below.flat().slice(0, maxFolders);
    }
    found.push(...folders);
  }
  return found.slice(0, maxFolders);
}

async function entriesLike(folder: string, part: string): Promise<string[]> {
  if (!/[*?]/.test(part)) return [path.join(folder, part)];
  const letters = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isFile() && new RegExp(`^${letters}$`).test(entry.name))
    .map(({ name }) => path.join(folder, name));
}

/** The notes that uv keeps of its installed tools: it goes by the index they name when it upgrades one. */
export async function toolReceipts(
  { tool, args }: Pick<Exec, 'tool' | 'args'>,
  context: ProcessContext,
): Promise<string[]> {
  if (tool.name !== 'uv' || !args.includes('tool')) return [];
  const { UV_TOOL_DIR, XDG_DATA_HOME, APPDATA } = context.environment;
  const data = XDG_DATA_HOME || path.join(homeFolder(), '.local', 'share');
  const shared = process.platform === 'win32' ? path.join(APPDATA ?? '', 'uv', 'data') : path.join(data, 'uv');
  const tools = UV_TOOL_DIR || path.join(shared, 'tools');
  const names = await readdir(tools).catch(() => []);
  return names.slice(0, maxFolders).map((name) => path.join(tools, name, 'uv-receipt.toml'));
}

async function readText(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8').catch(() => undefined);
}

/** The nearest file of that name, from a folder upwards. */
export function findUp(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  if (existsSync(file)) return file;
  return path.dirname(folder) === folder ? undefined : findUp(path.dirname(folder), name);
}
