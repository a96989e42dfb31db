/** Checks whether an index is PyPI, where everybody can publish, and which lists all releases of a project. */
export const isPublicIndex = (source: string): boolean => source.startsWith('https://pypi.org/');
