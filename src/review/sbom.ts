import { createHash } from 'node:crypto';
import { classifiedLicences } from '../firewall/sources/declared-licence.ts';
import type { ProjectName } from '../index/types.ts';
import type { AuditedPackage } from './audit.ts';
import { installedFile } from './read-installed.ts';

/** A release with the digests of its vetted files by name. */
export type SbomPackage = AuditedPackage & { readonly vetted: Readonly<Record<string, string>> };

export type SbomFacts = {
  /** awspip's version. */
  readonly version: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** The name of what the environment belongs to. */
  readonly subject: string;
  /** A UUID. */
  readonly serialNumber: string;
};

/**
 * Returns a software bill of materials in CycloneDX 1.6: every release of an environment, with its verdict and the key of
 * its evidence in the table.
 *
 * https://cyclonedx.org/docs/1.6/json/
 */
export function cyclonedx(packages: readonly SbomPackage[], facts: SbomFacts) {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${facts.serialNumber}`,
    version: 1,
    metadata: {
      timestamp: facts.timestamp,
      tools: { components: [{ type: 'application', name: 'awspip', version: facts.version }] },
      component: { type: 'application', 'bom-ref': 'environment', name: clean(facts.subject) },
    },
    components: packages.map(component),
    vulnerabilities: packages.flatMap(vulnerabilities),
  };
}

function component(audited: SbomPackage) {
  const { name, version, licence } = audited.package;
  const { sha256 } = audited.package;
  const file = installedFile(audited.package, audited.vetted);
  const digest = file?.sha256 ?? sha256;
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    name: clean(name),
    version: clean(version),
    purl: purl(name, version),
    ...(digest !== undefined && { hashes: [{ alg: 'SHA-256', content: digest }] }),
    ...(licence !== undefined && { licenses: [licenceOf(clean(licence.text), licence.isExpression)] }),
    properties: properties(audited, file?.filename),
  };
}

function properties({ package: installed, state, record, findings }: SbomPackage, filename: string | undefined) {
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['verdict', state],
    ['record', record?.status],
    ['riskLevel', record?.riskLevel],
    ['vettedAt', record?.status === 'SECURE' ? record.updatedAt : undefined],
    ['policyVersion', record?.policyVersion],
    ['evidence', record === undefined ? undefined : `pypi#${record.name}/e#${record.version}`],
    ['revision', record?.revision],
    ['file', filename],
    ['source', installed.source],
    ['origin', installed.origin],
    ...findings.map(({ message }) => ['finding', message] as const),
  ];
  return entries.flatMap(([key, value]) =>
    value === undefined ? [] : [{ name: `awspip:${key}`, value: clean(value) }],
  );
}

/** Returns a vulnerability for each release that is known malware. */
function vulnerabilities({ package: { name, version }, findings }: SbomPackage) {
  return findings
    .flatMap(({ advisories = [] }) => advisories)
    .map((id) => ({
      id: clean(id),
      source: { name: 'OSV', url: `https://osv.dev/vulnerability/${encodeURIComponent(id)}` },
      ratings: [{ severity: 'critical' }],
      affects: [{ ref: purl(name, version) }],
    }));
}

/** Metadata says whether it has an SPDX expression (PEP 639). A classifier has an identifier; any other text is a name. */
function licenceOf(text: string, isExpression: boolean) {
  const names = text.split(' OR ');
  if (isExpression) return { expression: text };
  if (!names.every((name) => classifiedLicences.has(name))) return { license: { name: text } };
  return names.length === 1 ? { license: { id: text } } : { expression: text };
}

/** Returns the package URL (https://github.com/package-url/purl-spec/blob/main/types-doc/pypi-definition.md). */
export function purl(name: ProjectName | string, version: string): string {
  return `pkg:pypi/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
}

/** Removes control characters, which metadata may contain. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, 2_000);
}

/**
 * Returns an in-toto statement about a bill of materials, unsigned. Its subjects are the files that were installed, as far
 * as they are known.
 *
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function attestation(bom: ReturnType<typeof cyclonedx>) {
  const files = bom.components.flatMap(({ hashes, purl: name }) =>
    hashes === undefined ? [] : [{ name, digest: { sha256: hashes[0]?.content ?? '' } }],
  );
  const text = JSON.stringify(bom);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    // A statement needs a subject. Without a known file, it is about the bill of materials itself.
    subject:
      files.length > 0
        ? files
        : [{ name: 'bom.json', digest: { sha256: createHash('sha256').update(text).digest('hex') } }],
    predicateType: 'https://cyclonedx.org/bom',
    predicate: bom,
  };
}
