import type { Metafile } from 'esbuild';
import { bundledPackages } from './bundled-packages.ts';
import { declaredLicence, licenceProblem } from './licences.ts';
import { type BundledPackage, readPackage } from './read-package.ts';
import { standardLicence } from './standard-licence.ts';

/** The text of THIRD-PARTY-NOTICES.txt, and why a package in the bundle may not be there. */
export type Notices = { readonly text: string; readonly problems: readonly string[] };

const separator = '-'.repeat(80);

/** Reads the packages of a bundle and writes their notices. */
export function thirdPartyNotices(metafile: Pick<Metafile, 'outputs'>): Notices {
  const packages = bundledPackages(metafile).map(readPackage);
  const problems = packages.flatMap(({ manifest }) => licenceProblem(manifest) ?? []);
  return { text: renderNotices(packages), problems };
}

/** Returns one entry per package, sorted by name and version. Packages with the same licence text share one copy. */
export function renderNotices(packages: readonly BundledPackage[]): string {
  const entries = packages.map((one) => ({ title: titleOf(one), text: licenceTextOf(one) }));
  entries.sort((one, other) => compare(one.title, other.title));
  const titles = new Map<string, string[]>();
  for (const { title, text } of entries) {
    const same = titles.get(text) ?? [];
    if (!same.includes(title)) titles.set(text, [...same, title]);
  }
  const sections = [...titles].map(([text, same]) => `${separator}\n${same.join('\n')}\n${separator}\n\n${text}\n`);
  return `${introduction}\n${sections.join('\n')}`;
}

const introduction = `awspip bundles the npm packages that are listed in this file.
Each is listed with its version and its licence, above the text of the licence.
`;

function titleOf({ manifest }: BundledPackage): string {
  return `${manifest.name} ${manifest.version} (${declaredLicence(manifest) ?? 'no licence'})`;
}

/** Line ends and spaces at them differ between packages whose licence is the same. */
function licenceTextOf({ manifest, licenceText }: BundledPackage): string {
  return (licenceText ?? standardLicence(manifest)).replace(/[^\S\n]*\r?\n/g, '\n').trim();
}

/** By code unit: the order does not depend on the machine's language. */
const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);
