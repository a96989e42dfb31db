import { ReleaseError } from './problem.ts';

const unreleased = /^## (?:unreleased|(\d+\.\d+\.\d+) \(unreleased\))$/i;

type Section = { readonly heading: string; readonly body: string; readonly start: number };

/** Returns the version in the heading of the unreleased section, `## 1.2.3 (unreleased)`; undefined for `## Unreleased`. */
export function unreleasedVersion(text: string): string | undefined {
  return unreleased.exec(unreleasedSection(text).heading)?.[1];
}

/** Returns the changelog with its unreleased section under a version and a date, and that section as release notes. */
export function releasedChangelog(
  text: string,
  version: string,
  date: string,
): { readonly text: string; readonly notes: string } {
  if (notesOf(text, version) !== undefined) {
    throw new ReleaseError([{ text: `CHANGELOG.md already has a section for ${version}` }]);
  }
  const { heading, body, start } = unreleasedSection(text);
  const released = `## ${version} (${date})`;
  return {
    text: text.slice(0, start) + released + text.slice(start + heading.length),
    notes: body,
  };
}

/** Returns the section of a released version without its heading; undefined if there is none. */
export function notesOf(text: string, version: string): string | undefined {
  const pattern = new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`);
  return sections(text).find(({ heading }) => pattern.test(heading))?.body;
}

function unreleasedSection(text: string): Section {
  const [first] = sections(text);
  if (first === undefined || !unreleased.test(first.heading)) {
    throw new ReleaseError([
      {
        text: 'the first section of CHANGELOG.md is not `## Unreleased`',
        hint: 'add `## Unreleased` to CHANGELOG.md with what changed since the last release',
      },
    ]);
  }
  // A section with headings alone says nothing.
  if (!first.body.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#'))) {
    throw new ReleaseError([
      { text: `\`${first.heading}\` in CHANGELOG.md is empty`, hint: 'add what changed since the last release' },
    ]);
  }
  return first;
}

function sections(text: string): readonly Section[] {
  const headings = [...text.matchAll(/^## [^\r\n]*/gm)];
  return headings.map(({ 0: heading, index }, at) => ({
    heading,
    start: index,
    body: text.slice(index + heading.length, headings[at + 1]?.index).trim(),
  }));
}
