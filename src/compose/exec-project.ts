import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Exec } from '../cli/verbs/exec.ts';
import { scriptBlock } from '../pip/project-file.ts';
import { type ProjectAsk, readProject, workspaceOf } from '../tools/project.ts';
import type { Edge } from './edge.ts';

/** What a tool's command is about: a project, a whole workspace, a script, or nothing of the kind. */
export type ExecProject = ProjectAsk & {
  /** Where the lock file lies, or would. */
  readonly folder: string;
  /** Lock file of uv that the command goes by. */
  readonly lock: string;
  /** Files into which people write what they need: tools change them, too. */
  readonly manifests: readonly string[];
};

/** Reads what a command is about from its files, without running anything. */
export async function readExecProject({ ask }: Pick<Exec, 'ask'>): Promise<ExecProject> {
  const { project, script } = ask;
  const pinned = (pins: readonly string[]) => (ask.keepsLock ? pins : []);
  const text = script === undefined ? undefined : await readText(script);
  if (script !== undefined && text !== undefined && scriptBlock(text) !== undefined) {
    const lock = `${script}.lock`;
    const { roots, pins } = readProject({ script: text, uvLock: await readText(lock) });
    return { roots, pins: pinned(pins), folder: process.cwd(), lock, manifests: [script] };
  }
  if (project === undefined) return nowhere(process.cwd());
  const folders = await workspaceFolders(project);
  const [pipfile, uvLock, poetryLock, pipfileLock] = await Promise.all(
    ['Pipfile', 'uv.lock', 'poetry.lock', 'Pipfile.lock'].map(async (name) => readText(findUp(project, name))),
  );
  const manifests = folders.map((folder) => path.join(folder, 'pyproject.toml'));
  const [pyproject, ...members] = (await Promise.all(manifests.map(readText))).flatMap((text) => text ?? []);
  const { roots, pins } = readProject({ pyproject, members, pipfile, uvLock, poetryLock, pipfileLock });
  const lock = findUp(project, 'uv.lock') ?? findUp(project, 'pyproject.toml') ?? findUp(project, 'Pipfile');
  const folder = lock === undefined ? project : path.dirname(lock);
  return {
    roots,
    pins: pinned(pins),
    folder,
    lock: path.join(folder, 'uv.lock'),
    manifests,
  };
}

function nowhere(folder: string): ExecProject {
  const manifests = [path.join(folder, 'pyproject.toml')];
  return { roots: [], pins: [], folder, lock: path.join(folder, 'uv.lock'), manifests };
}

/** The folders of a uv workspace, its root first; of any other project its own alone. */
async function workspaceFolders(from: string): Promise<string[]> {
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

const mostFolders = 500;

/** Folders that a pattern such as `packages/*` names; `**` is taken for one folder. */
async function foldersLike(root: string, patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    let folders = [root];
    for (const part of pattern.split('/').filter((word) => word !== '' && word !== '.')) {
      const below = await Promise.all(folders.map((folder) => entriesLike(folder, part)));
      folders = below.flat().slice(0, mostFolders);
    }
    found.push(...folders);
  }
  return found.slice(0, mostFolders);
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
export async function toolReceipts({ tool, args }: Pick<Exec, 'tool' | 'args'>, edge: Edge): Promise<string[]> {
  if (tool.name !== 'uv' || !args.includes('tool')) return [];
  const { UV_TOOL_DIR, XDG_DATA_HOME, APPDATA } = edge.environment;
  const data = XDG_DATA_HOME || path.join(os.homedir(), '.local', 'share');
  const shared = process.platform === 'win32' ? path.join(APPDATA ?? '', 'uv', 'data') : path.join(data, 'uv');
  const tools = UV_TOOL_DIR || path.join(shared, 'tools');
  const names = await readdir(tools).catch(() => []);
  return names.slice(0, mostFolders).map((name) => path.join(tools, name, 'uv-receipt.toml'));
}

async function readText(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8').catch(() => undefined);
}

function findUp(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  if (existsSync(file)) return file;
  return path.dirname(folder) === folder ? undefined : findUp(path.dirname(folder), name);
}
