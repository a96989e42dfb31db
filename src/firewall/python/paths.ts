import type { Arguments } from './machine.ts';
import { hole, merge, text, type Values } from './values.ts';

/** Joins a path as `os.path.join` does. */
export function joinPath(parts: readonly string[]): string {
  let joined = '';
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part.startsWith('/')) joined = part;
    else joined = joined === '' ? part : `${joined.replace(/\/$/, '')}/${part}`;
  }
  return joined === '' ? '.' : joined;
}

/** Returns the folder of a path, as `os.path.dirname` does. */
export function parentPath(path: string): string {
  const at = path.lastIndexOf('/');
  return at === -1 ? (path.includes(hole) ? hole : '.') : path.slice(0, Math.max(1, at));
}

/** Returns the value of a function of `os.path` or `pathlib`; undefined for one that isn't known. */
export function callPath(name: string, { positional }: Arguments): Values | undefined {
  const [first = []] = positional;
  const paths = first.flatMap((value) => (value.kind === 'text' ? [value.text] : [hole]));
  const each = (change: (path: string) => string): Values => merge(...paths.map((path) => [text(change(path))]));
  switch (name) {
    case 'join':
    case 'Path':
    case 'PurePath':
    case 'PosixPath':
    case 'PurePosixPath':
      return combinePaths(positional);
    case 'dirname':
      return each(parentPath);
    case 'basename':
      return each((path) => path.slice(path.lastIndexOf('/') + 1));
    case 'abspath':
    case 'realpath':
    case 'normpath':
    case 'relpath':
    case 'normcase':
    case 'expanduser':
    case 'expandvars':
      return each((path) => path);
    case 'split':
      return [
        {
          kind: 'sequence',
          items: [each(parentPath), each((path) => path.slice(path.lastIndexOf('/') + 1))],
          isOpen: false,
        },
      ];
    case 'splitext':
      return [
        {
          kind: 'sequence',
          items: [each((path) => path.replace(/\.[^./]*$/, '')), each((path) => /\.[^./]*$/.exec(path)?.[0] ?? '')],
          isOpen: false,
        },
      ];
    case 'Path.cwd':
      return [text('.')];
    case 'Path.home':
      return [text('~')];
    default:
      return undefined;
  }
}

const maxCombinations = 16;

function combinePaths(parts: readonly Values[]): Values {
  let combined: string[] = [''];
  for (const values of parts) {
    const texts = values.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
    const isKnown = texts.length === values.length && texts.length > 0;
    const options = isKnown ? texts : [...texts, hole];
    combined = combined.flatMap((path) => options.map((option) => joinPath([path === '.' ? '' : path, option])));
    if (combined.length > maxCombinations) combined = [hole];
  }
  return combined.map((path) => text(path));
}
