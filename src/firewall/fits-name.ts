import { normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';

/** Name parts that are too common to identify a project. */
const commonParts = new Set([
  'py',
  'python',
  'pypi',
  'lib',
  'api',
  'sdk',
  'client',
  'core',
  'cli',
  'tools',
  'project',
  'github',
  'com',
]);

/** Checks whether a repository (`owner/name`) has a part of the project's name. The check is loose by intention. */
export function fitsName(repository: string, name: ProjectName): boolean {
  const project = compactName(name);
  const segments = repository.split('/').map(compactName);
  if (segments.some((part) => part.length > 1 && (part.includes(project) || project.includes(part)))) return true;
  const words = new Set(repository.split('/').flatMap(wordsOf));
  return wordsOf(name).some((word) => words.has(word));
}

/** Returns a name without separators and without `python` or `py` at its ends. */
export const compactName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^python|^py|python$|py$/, '');

function wordsOf(text: string): string[] {
  return normaliseName(text)
    .split('-')
    .map((word) => word.replace(/^py|\d+$/g, ''))
    .filter((word) => word.length > 2 && !commonParts.has(word));
}
