import type { ProjectName } from './types.ts';

const validName = /^([a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])$/i;
const maxNameLength = 255;

/** Whether a text is a project name at all (PEP 508 `identifier`); CodeArtifact allows 255 characters. */
export function isProjectName(text: string): boolean {
  return text.length <= maxNameLength && validName.test(text);
}

/** Normal form of a name (PEP 503). Does not check that it is one. */
export function normaliseName(name: string): ProjectName {
  return name.toLowerCase().replace(/[-_.]+/g, '-') as ProjectName;
}
