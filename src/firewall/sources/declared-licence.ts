import { asList, asText, type JsonObject } from './json.ts';

/** SPDX identifiers of the classifiers that name one licence (https://pypi.org/classifiers/). */
const identifiers: Readonly<Record<string, string>> = {
  'MIT License': 'MIT',
  'MIT No Attribution License (MIT-0)': 'MIT-0',
  'ISC License (ISCL)': 'ISC',
  'Apache Software License': 'Apache-2.0',
  'Mozilla Public License 2.0 (MPL 2.0)': 'MPL-2.0',
  'Python Software Foundation License': 'PSF-2.0',
  'The Unlicense (Unlicense)': 'Unlicense',
  'zlib/libpng License': 'Zlib',
  'Boost Software License 1.0 (BSL-1.0)': 'BSL-1.0',
  'GNU General Public License v2 (GPLv2)': 'GPL-2.0-only',
  'GNU General Public License v2 or later (GPLv2+)': 'GPL-2.0-or-later',
  'GNU General Public License v3 (GPLv3)': 'GPL-3.0-only',
  'GNU General Public License v3 or later (GPLv3+)': 'GPL-3.0-or-later',
  'GNU Lesser General Public License v2 or later (LGPLv2+)': 'LGPL-2.0-or-later',
  'GNU Lesser General Public License v3 (LGPLv3)': 'LGPL-3.0-only',
  'GNU Lesser General Public License v3 or later (LGPLv3+)': 'LGPL-3.0-or-later',
  'GNU Affero General Public License v3': 'AGPL-3.0-only',
  'GNU Affero General Public License v3 or later (AGPLv3+)': 'AGPL-3.0-or-later',
};

/** The SPDX identifiers that classifiers become. */
export const classifiedLicences: ReadonlySet<string> = new Set(Object.values(identifiers));

const maxLength = 200;

/**
 * Returns the licence in PyPI's `info`: the SPDX expression (PEP 639), else the classifiers, else the text. A known
 * classifier becomes its SPDX identifier, and several are joined with `OR`, because they don't say how they combine.
 * Returns an empty text if `info` names none.
 */
export function declaredLicence(info: JsonObject): string {
  const expression = asText(info.license_expression);
  if (expression !== undefined) return expression.slice(0, maxLength);
  const classifiers = asList(info.classifiers)
    .filter((classifier) => typeof classifier === 'string')
    .filter((classifier) => classifier.startsWith('License :: '))
    .map((classifier) => classifier.split(' :: ').at(-1) ?? '')
    .filter((name) => name !== 'OSI Approved');
  const names = [...new Set(classifiers.map((name) => (Object.hasOwn(identifiers, name) ? identifiers[name] : name)))];
  if (names.length > 0) return names.join(' OR ').slice(0, maxLength);
  // Many projects have the whole text of the licence here, whose first line is its title.
  return (asText(info.license) ?? '').trim().split('\n', 1)[0]?.trim().slice(0, maxLength) ?? '';
}
