import { checkLength } from '../../index/core-metadata.ts';

/**
 * Parses the requirements in an sdist's `<name>.egg-info/requires.txt` and returns them as PEP 508 lines.
 *
 * Sections are `[extra]`, `[:marker]` or `[extra:marker]`
 * (https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html#requires-txt).
 *
 * @throws {ExcessiveMetadata} for more than 1 MiB, also of markers, which a section adds to each of its lines.
 */
export function parseRequiresTxt(text: string): string[] {
  checkLength(text.length, '`requires.txt`');
  const requirements: string[] = [];
  let section: readonly string[] = [];
  let length = 0;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[') && line.endsWith(']')) section = sectionMarkers(line.slice(1, -1));
    else {
      const requirement = withMarkers(line, section);
      length += requirement.length;
      checkLength(length, 'the text of its requirements');
      requirements.push(requirement);
    }
  }
  return requirements;
}

function sectionMarkers(header: string): readonly string[] {
  const colon = header.indexOf(':');
  const extra = (colon < 0 ? header : header.slice(0, colon)).trim();
  const marker = colon < 0 ? '' : header.slice(colon + 1).trim();
  return [...(extra === '' ? [] : [`extra == "${extra}"`]), ...(marker === '' ? [] : [`(${marker})`])];
}

function withMarkers(line: string, markers: readonly string[]): string {
  if (markers.length === 0) return line;
  const semicolon = line.indexOf(';');
  const lineMarkers = semicolon < 0 ? [] : [`(${line.slice(semicolon + 1).trim()})`];
  const requirement = semicolon < 0 ? line : line.slice(0, semicolon).trim();
  return `${requirement} ; ${[...lineMarkers, ...markers].join(' and ')}`;
}
