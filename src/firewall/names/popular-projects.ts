import list from './popular-projects.txt';

/** Returns the most downloaded projects of PyPI by normalised name, most downloaded first. */
export const popularProjects = (): readonly string[] => list.trimEnd().split('\n');
