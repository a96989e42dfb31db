import type { ProjectName } from './types.ts';

const validName = /^([a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])$/i;
const maxNameLength = 255;

/** Checks whether a text is a project name (PEP 508 `identifier`). CodeArtifact allows 255 characters. */
export function isProjectName(text: string): boolean {
  return text.length <= maxNameLength && validName.test(text);
}

/** Returns the normal form of a name (PEP 503). Does not check that the name is valid. */
export function normaliseName(name: string): ProjectName {
  return name.toLowerCase().replace(/[-_.]+/g, '-') as ProjectName;
}
