import type { InstallCode } from '../types.ts';
import { pythonReach } from './python-reach.ts';

/** Files of a wheel that Python reads whenever it starts (https://docs.python.org/3/library/site.html). */
export function isStartupFile(path: string): boolean {
  return /^(?:[^/]+\.data\/(?:purelib|platlib|data(?:\/.*)?)\/)?(?:[^/]+\.pth|(?:site|user)customize\.py)$/.test(path);
}

/** setuptools' lines for namespace packages: they make a module and nothing else. */
const namespaceLine = /^import sys, ?types, ?os;.*\b(?:types\.ModuleType|module_from_spec)\b.*__path__/;
const maxLineLength = 100_000;

/** What a file that Python reads at its start does. Lines of a `.pth` run if they begin with `import`. */
export function startupCode(path: string, text: string, archive: string): InstallCode[] {
  const code = path.endsWith('.pth') ? pthCode(text) : text;
  if (code.trim() === '') return [];
  const file = `${archive}: ${path}`.slice(0, 300);
  const reached = pythonReach(code).find(({ reach }) => reach !== 'more-than-setup');
  if (reached !== undefined) return [{ file, reach: 'startup-reach', word: reached.word }];
  return [{ file, reach: 'startup', word: code.trim().slice(0, 60) }];
}

function pthCode(text: string): string {
  return text
    .split(/\r\n|[\n\r]/)
    .filter((line) => /^import[ \t]/.test(line))
    .filter((line) => line.length > maxLineLength || !(namespaceLine.test(line) && pythonReach(line).every(isQuiet)))
    .join('\n');
}

const isQuiet = ({ reach }: { readonly reach: string }): boolean => reach === 'more-than-setup';
