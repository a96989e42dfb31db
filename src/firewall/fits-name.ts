import { normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';

/** Affixes that say nothing of what a project is. */
const common = new Set([
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

/** Whether a declared repository (`owner/name`) has anything of the project's name: a loose test, for a hint alone. */
export function fitsName(repository: string, name: ProjectName): boolean {
  const ours = squeeze(name);
  const theirs = repository.split('/').map(squeeze);
  if (theirs.some((part) => part.length > 1 && (part.includes(ours) || ours.includes(part)))) return true;
  const words = new Set(repository.split('/').flatMap(wordsOf));
  return wordsOf(name).some((word) => words.has(word));
}

const squeeze = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^python|^py|python$|py$/, '');

function wordsOf(text: string): string[] {
  return normaliseName(text)
    .split('-')
    .map((word) => word.replace(/^py|\d+$/g, ''))
    .filter((word) => word.length > 2 && !common.has(word));
}
