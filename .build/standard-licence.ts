import standardLicences from 'spdx-license-list/full.js';
import { allowedLicences, declaredLicence, type Manifest } from './licences.ts';

/** The standard texts of MIT, ISC, BSD and 0BSD begin with a copyright line to fill in; no other text has one so early. */
const linesWithCopyright = 5;

/** Returns the standard text of a package's licence with the package's author, for a package that contains no text. */
export function standardLicence(manifest: Manifest): string {
  const identifiers = (declaredLicence(manifest) ?? '').split(/[\s()+]+/);
  const texts = allowedLicences
    .filter((identifier) => identifiers.includes(identifier))
    .map((identifier) => withoutCopyright(standardLicences[identifier]?.licenseText ?? ''));
  return [`Copyright (c) ${authorsOf(manifest)}`, ...texts].join('\n\n');
}

function withoutCopyright(text: string): string {
  return text
    .split('\n')
    .filter((line, place) => place >= linesWithCopyright || !/^copyright \(c\)/i.test(line))
    .join('\n')
    .trim();
}

function authorsOf({ name, author, contributors = [] }: Manifest): string {
  const people = author === undefined ? contributors : [author];
  const names = people.flatMap((person) => (typeof person === 'string' ? person : (person.name ?? [])));
  return names.join(', ') || `the authors of ${name}`;
}
