import type { InstallCode } from '../types.ts';
import { pythonReach } from './python-reach.ts';

/** Checks whether Python executes a file of a wheel at startup (https://docs.python.org/3/library/site.html). */
export function isStartupFile(path: string): boolean {
  return /^(?:[^/]+\.data\/(?:purelib|platlib|data(?:\/.*)?)\/)?(?:[^/]+\.pth|(?:site|user)customize\.py)$/.test(path);
}

/** Matches the line that setuptools generates for namespace packages, which only creates a module. */
const namespaceLine = /^import sys, ?types, ?os;.*\b(?:types\.ModuleType|module_from_spec)\b.*__path__/;
const maxLineLength = 100_000;

/** Returns the findings in a startup file. Python executes the lines of a `.pth` file that begin with `import`. */
export function startupCode(path: string, text: string, archive: string): InstallCode[] {
  const code = path.endsWith('.pth') ? pthCode(text) : text;
  if (code.trim() === '') return [];
  const file = `${archive}: ${path}`.slice(0, 300);
  const finding = pythonReach(code).find(({ reach }) => reach !== 'more-than-setup');
  if (finding !== undefined) return [{ file, reach: 'startup-reach', word: finding.word }];
  return [{ file, reach: 'startup', word: code.trim().slice(0, 60) }];
}

function pthCode(text: string): string {
  return text
    .split(/\r\n|[\n\r]/)
    .filter((line) => /^import[ \t]/.test(line))
    .filter((line) => line.length > maxLineLength || !(namespaceLine.test(line) && pythonReach(line).every(isHarmless)))
    .join('\n');
}

const isHarmless = ({ reach }: { readonly reach: string }): boolean => reach === 'more-than-setup';
