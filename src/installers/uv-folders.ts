import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { homeFolder } from '../folders.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ExecCommand } from './exec-command.ts';
import { workspaceOf } from './parse-project.ts';

/** Returns the folders of a uv workspace, its root first. For any other project, returns its own folder. */
export async function workspaceFolders(from: string): Promise<string[]> {
  const nearest = findUp(from, 'pyproject.toml');
  for (let file = nearest; file !== undefined; file = findUp(path.dirname(path.dirname(file)), 'pyproject.toml')) {
    const workspace = workspaceOf((await readText(file)) ?? '');
    if (workspace !== undefined) {
      const root = path.dirname(file);
      const [members, excluded] = await Promise.all(
        [workspace.members, workspace.exclude].map((patterns) => foldersLike(root, patterns)),
      );
      const included = (members ?? []).filter((folder) => !excluded?.includes(folder));
      return [...new Set([root, ...included])].filter((folder) => existsSync(path.join(folder, 'pyproject.toml')));
    }
    if (path.dirname(file) === path.dirname(path.dirname(file))) break;
  }
  return nearest === undefined ? [] : [path.dirname(nearest)];
}

const maxFolders = 500;

/** Returns the folders that match a pattern such as `packages/*`. `**` matches one folder. */
async function foldersLike(root: string, patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    let folders = [root];
    for (const part of pattern.split('/').filter((segment) => segment !== '' && segment !== '.')) {
      const children = await Promise.all(folders.map((folder) => entriesLike(folder, part)));
      folders = children.flat().slice(0, maxFolders);
    }
    found.push(...folders);
  }
  return found.slice(0, maxFolders);
}

async function entriesLike(folder: string, part: string): Promise<string[]> {
  if (!/[*?]/.test(part)) return [path.join(folder, part)];
  const expression = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isFile() && new RegExp(`^${expression}$`).test(entry.name))
    .map(({ name }) => path.join(folder, name));
}

/** Returns the receipts of uv's installed tools. They name the index from which uv upgrades a tool. */
export async function uvToolReceipts(
  { installer, args }: Pick<ExecCommand, 'installer' | 'args'>,
  context: ProcessContext,
): Promise<string[]> {
  if (installer.name !== 'uv' || !args.includes('tool')) return [];
  const { UV_TOOL_DIR, XDG_DATA_HOME, APPDATA } = context.environment;
  const data = XDG_DATA_HOME || path.join(homeFolder(), '.local', 'share');
  const uvData = process.platform === 'win32' ? path.join(APPDATA ?? '', 'uv', 'data') : path.join(data, 'uv');
  const tools = UV_TOOL_DIR || path.join(uvData, 'tools');
  const names = await readdir(tools).catch(() => []);
  return names.slice(0, maxFolders).map((name) => path.join(tools, name, 'uv-receipt.toml'));
}

async function readText(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8').catch(() => undefined);
}

/** Finds the nearest file with this name in a folder or its parents. */
export function findUp(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  if (existsSync(file)) return file;
  return path.dirname(folder) === folder ? undefined : findUp(path.dirname(folder), name);
}
