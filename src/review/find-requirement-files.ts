import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** How the requirements of a file are read. */
export type RequirementFileKind = 'requirements' | 'pylock' | 'pyproject' | 'uv' | 'poetry' | 'pdm' | 'pipenv';

export type RequirementFile = {
  /** Relative to the searched folder, with `/`. */
  readonly file: string;
  readonly absolute: string;
  readonly kind: RequirementFileKind;
};

export type FoundFiles = {
  readonly files: readonly RequirementFile[];
  /** What was left out, and why: files that are too large, and folders beyond the limits. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
};

/** Limits of the search. */
export type SearchLimits = {
  readonly maxDepth: number;
  readonly maxFolders: number;
  readonly maxFiles: number;
  readonly maxBytes: number;
};

export const searchLimits: SearchLimits = {
  maxDepth: 12,
  maxFolders: 20_000,
  maxFiles: 2_000,
  maxBytes: 32 * 1024 * 1024,
};

/** Folders that hold other people's packages. Hidden folders and virtual environments are skipped too. */
const skipped = new Set(['node_modules', '__pycache__', 'site-packages', 'dist-packages']);
const marksOfEnvironments = ['pyvenv.cfg', 'conda-meta'];

const exactNames: ReadonlyMap<string, RequirementFileKind> = new Map([
  ['pyproject.toml', 'pyproject'],
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
  ['pdm.lock', 'pdm'],
  ['Pipfile.lock', 'pipenv'],
]);

/**
 * Returns how a file is read, or undefined if it declares no requirements. `MANIFEST.in` and templates end in `.in` too,
 * so the name or the folder must say that it is about requirements. Constraints are no requirements.
 */
export function kindOfFile(name: string, folderName: string): RequirementFileKind | undefined {
  const exact = exactNames.get(name);
  if (exact !== undefined) return exact;
  if (/^pylock(?:\.[^.]+)?\.toml$/.test(name)) return 'pylock';
  if (!/\.(?:txt|in)$/i.test(name) || /constraint|^(?:readme|licen[cs]e|notice|changelog|authors)\b/i.test(name))
    return;
  return /requirements/i.test(name) || /^requirements$/i.test(folderName) ? 'requirements' : undefined;
}

/**
 * Finds the files that declare or lock requirements below a folder, in the order of their paths. Links to folders are not
 * followed, and links to files only inside the folder.
 */
export async function findRequirementFiles(folder: string, limits: SearchLimits = searchLimits): Promise<FoundFiles> {
  const root = await realpath(folder);
  const files: RequirementFile[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  const seen = new Set<string>();
  let level = [root];
  let visited = 0;
  const add = async (absolute: string, kind: RequirementFileKind): Promise<void> => {
    const real = await realpath(absolute).catch(() => undefined);
    const stats = real === undefined ? undefined : await stat(real).catch(() => undefined);
    if (real === undefined || !stats?.isFile() || !isBelow(root, real) || seen.has(real)) return;
    seen.add(real);
    const file = path.relative(root, absolute).replaceAll(path.sep, '/');
    if (stats.size > limits.maxBytes) {
      leftOut.push({ file, reason: `larger than ${limits.maxBytes / 1024 / 1024} MiB` });
    } else if (files.length >= limits.maxFiles) {
      if (leftOut.at(-1)?.reason !== 'too many files') leftOut.push({ file, reason: 'too many files' });
    } else files.push({ file, absolute, kind });
  };
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.maxDepth) {
      leftOut.push(...level.slice(0, 20).map((deep) => ({ file: path.relative(root, deep), reason: 'too deep' })));
      break;
    }
    const next: string[] = [];
    for (const current of level) {
      visited += 1;
      if (visited > limits.maxFolders) {
        leftOut.push({ file: path.relative(root, current), reason: 'too many folders' });
        return sorted(files, leftOut);
      }
      const entries = await readdir(current, { withFileTypes: true }).catch(() => []);
      if (current !== root && entries.some(({ name }) => marksOfEnvironments.includes(name))) continue;
      for (const entry of entries) {
        const child = path.join(current, entry.name);
        const kind = kindOfFile(entry.name, path.basename(current));
        if (entry.isDirectory()) {
          if (!entry.name.startsWith('.') && !skipped.has(entry.name)) next.push(child);
        } else if (kind !== undefined && (entry.isFile() || entry.isSymbolicLink())) await add(child, kind);
      }
    }
    level = next;
  }
  return sorted(files, leftOut);
}

/** Sorts the files, and leaves out inputs of pip-compile whose result was found. */
function sorted(files: readonly RequirementFile[], leftOut: FoundFiles['leftOut']): FoundFiles {
  const names = new Set(files.map(({ file }) => file));
  return {
    files: files
      .filter(({ file }) => !file.endsWith('.in') || !names.has(file.replace(/\.in$/, '.txt')))
      .toSorted((a, b) => (a.file < b.file ? -1 : 1)),
    leftOut,
  };
}

function isBelow(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}
