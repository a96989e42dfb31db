import type { ProjectName } from '../index/types.ts';
import type { Approval, ReleaseKey } from './types.ts';

/** The primary key of an item. */
export type Key = { readonly pk: string; readonly sk: string };

export const releasePrefix = 'v#';
export const approvalPrefix = 'approval#';
export const requestReleasePrefix = 'r#';
export const requestPartition = 'request#';

export const projectPartition = (name: ProjectName): string => `pypi#${name}`;
export const releaseKey = ({ name, version }: ReleaseKey): Key => ({
  pk: projectPartition(name),
  sk: `${releasePrefix}${version}`,
});
/** Next to `releasePrefix`, so that one query reads both. */
export const withheldPrefix = 'w#';
/** Follows every key with `withheldPrefix`, and precedes all others. */
export const afterWithheld = 'w$';
export const withheldKey = ({ name, version }: ReleaseKey): Key => ({
  pk: projectPartition(name),
  sk: `${withheldPrefix}${version}`,
});
export const uploadTimesPrefix = 'u#';
export const uploadTimesKey = ({ name, version }: ReleaseKey): Key => ({
  pk: projectPartition(name),
  sk: `${uploadTimesPrefix}${version}`,
});
export const vettedFilesKey = ({ name, version }: ReleaseKey): Key => ({
  pk: projectPartition(name),
  sk: `f#${version}`,
});
/** Next to `withheldPrefix`, so that one query reads both. */
export const metadataPrefix = 'wm#';
export const wheelPrefix = 'w';
export const metadataKey = ({ name, version }: ReleaseKey): Key => ({
  pk: projectPartition(name),
  sk: `${metadataPrefix}${version}`,
});
export const metadataTextKey = (name: ProjectName, sha256: string): Key => ({
  pk: projectPartition(name),
  sk: `t#${sha256}`,
});
export const evidenceKey = ({ name, version }: ReleaseKey): Key => ({ pk: projectPartition(name), sk: `e#${version}` });
export const approvalKey = ({ name, id }: Pick<Approval, 'name' | 'id'>): Key => ({
  pk: projectPartition(name),
  sk: `${approvalPrefix}${id}`,
});
export const vettedWithKey = (name: ProjectName): Key => ({ pk: projectPartition(name), sk: 'root' });
export const freshnessKey = (name: ProjectName): Key => ({ pk: projectPartition(name), sk: 'latest' });
export const requestKey = (requestId: string): Key => ({ pk: `${requestPartition}${requestId}`, sk: 'request' });

/** Returns the sort key of a release within its request. */
export const requestReleaseSortKey = ({ name, version }: ReleaseKey): string =>
  `${requestReleasePrefix}${name}#${version}`;

/** The queue of releases that people asked for and that may not be installed. */
export const holdsPartition = 'holds';
export const holdPrefix = (name: ProjectName): string => `${name}#`;
export const holdKey = ({ name, version }: { readonly name: ProjectName; readonly version: string | null }): Key => ({
  pk: holdsPartition,
  sk: `${holdPrefix(name)}${version ?? ''}`,
});
/** The item that counts the notices of the last minutes. */
export const noticeWindowKey: Key = { pk: 'notices', sk: 'window' };
/** The log of decisions and policy changes. */
export const auditPartition = 'audit';
export const auditKey = ({ at, id }: { readonly at: string; readonly id: string }): Key => ({
  pk: auditPartition,
  sk: `${at}#${id}`,
});
