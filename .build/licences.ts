import satisfies from 'spdx-satisfies';

/** SPDX identifiers of the licences that a bundled package may have. None of them is a copyleft licence. */
export const allowedLicences: readonly string[] = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'CC0-1.0',
  'Unlicense',
  'BlueOak-1.0.0',
  'Python-2.0',
];

type Person = string | { readonly name?: string };
type OldLicence = { readonly type?: string };

/** The fields of a package's `package.json` that a notice needs. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; an object in packages from before npm 2. */
  readonly license?: string | OldLicence;
  /** A choice of licences, in packages from before npm 2. */
  readonly licenses?: readonly OldLicence[];
  readonly author?: Person;
  readonly contributors?: readonly Person[];
};

/** Returns the licence that a package declares, as it is written; undefined when it declares none. */
export function declaredLicence({ license, licenses }: Manifest): string | undefined {
  if (typeof license === 'string') return license.trim() || undefined;
  if (license?.type) return license.type;
  const types = (licenses ?? []).flatMap(({ type }) => (type ? [type] : []));
  return types.length > 1 ? `(${types.join(' OR ')})` : types[0];
}

/** Returns why a package may not be bundled, and what to do about it; undefined when it may. */
export function licenceProblem(manifest: Manifest): string | undefined {
  const licence = declaredLicence(manifest);
  const reason = refusal(licence);
  if (reason === undefined) return undefined;
  return `cannot bundle ${manifest.name} ${manifest.version}: ${reason}

hint: remove ${manifest.name}, or replace it with a package under an allowed licence
hint: if its licence lets an Apache-2.0 program bundle it, add the SPDX identifier to \`allowedLicences\` in .build/licences.ts`;
}

function refusal(licence: string | undefined): string | undefined {
  if (licence === undefined) return 'its package.json declares no licence';
  if (!isExpression(licence)) return `its licence \`${licence}\` is not an SPDX expression`;
  if (satisfies(licence, allowedLicences)) return undefined;
  return `its licence \`${licence}\` is not on the list of allowed licences`;
}

function isExpression(licence: string): boolean {
  try {
    satisfies(licence, []);
    return true;
  } catch {
    return false;
  }
}
