import { Readable } from 'node:stream';
import { ExcessiveMetadata } from '../../index/core-metadata.ts';
import type { IndexFile, ProjectName } from '../../index/types.ts';
import { archiveLimits, UnreadableArchive } from '../../workflow/resolver/archive.ts';
import { readFileEntries } from '../../workflow/resolver/file-entries.ts';
import { readFileFacts } from '../../workflow/resolver/file-facts.ts';
import type { Domain } from '../domains/domain.ts';
import type { Asset } from '../packages/types.ts';
import { readVersion } from './packages.ts';
import { missing, type Parameters, pageOf } from './parameters.ts';

const maxBytes = 512 * 1024 * 1024;

/** Returns the file with the metadata of a release: a wheel, or else an sdist. */
function describingFile(assets: readonly Asset[]): Asset | undefined {
  return assets.find(({ filename }) => filename.endsWith('.whl')) ?? assets[0];
}

/** Returns the bytes of an asset as an index has them. */
function sourceOf(name: ProjectName, asset: Asset, { publicPackages }: Pick<Domain, 'publicPackages'>) {
  return {
    metadata: async () => undefined,
    open: async (_: IndexFile, range?: { readonly start: number; readonly end: number }) => {
      const blob = await publicPackages.openAsset(name, asset);
      const { size } = await blob.complete;
      return { stream: Readable.from(blob.read(range?.start, range?.end)), size, partial: range !== undefined };
    },
  };
}

/** Answers ListPackageVersionDependencies with the requirements of the release, without their markers. */
export async function listDependencies(parameters: Parameters, domain: Domain): Promise<unknown> {
  const { name, version } = await readVersion(parameters, domain.packages);
  const asset = describingFile(version.assets);
  const kind = asset?.filename.endsWith('.whl') ? 'wheel' : 'sdist';
  const facts = asset && (await readFileFacts(asset.file, kind, sourceOf(name, asset, domain), maxBytes));
  const { items, nextToken } = pageOf(parameters, facts?.requirements ?? []);
  return {
    ...{ format: 'pypi', package: name, version: version.version, versionRevision: version.revision, nextToken },
    dependencies: items.map((requirement) => ({
      ...{ package: requirement.name, dependencyType: 'Requires-Dist', versionRequirement: requirement.specifier },
    })),
  };
}

const isDescription = (path: string): boolean => /^[^/]+(?:\.dist-info\/METADATA|\/PKG-INFO)$/.test(path);

/** Answers GetPackageVersionReadme with the description in the metadata. */
export async function getReadme(parameters: Parameters, domain: Domain): Promise<unknown> {
  const { name, version } = await readVersion(parameters, domain.packages);
  const asset = describingFile(version.assets);
  const text = asset && (await readMetadataText(name, asset, domain));
  const readme = text === undefined ? undefined : descriptionIn(text);
  if (!readme) throw missing('readme', `${name} ${version.version}`);
  return { format: 'pypi', package: name, version: version.version, versionRevision: version.revision, readme };
}

async function readMetadataText(name: ProjectName, asset: Asset, domain: Domain): Promise<string | undefined> {
  try {
    const source = sourceOf(name, asset, domain);
    const found = await readFileEntries(
      asset.file,
      isDescription,
      source,
      archiveLimits(maxBytes),
      ({ size }) => size > 0,
    );
    return [...found.values()][0];
  } catch (error) {
    if (error instanceof UnreadableArchive || error instanceof ExcessiveMetadata) return undefined;
    throw error;
  }
}

/** Returns what follows the header, or the field `Description` of old metadata, whose lines begin with blanks. */
function descriptionIn(text: string): string | undefined {
  const normal = text.replaceAll('\r\n', '\n');
  const end = normal.indexOf('\n\n');
  const body = end < 0 ? '' : normal.slice(end + 2).trim();
  if (body !== '') return body;
  const header = end < 0 ? normal : normal.slice(0, end);
  const start = /^description: ?/im.exec(header);
  if (!start) return undefined;
  const [first = '', ...rest] = header.slice(start.index + start[0].length).split('\n');
  const next = rest.findIndex((line) => !/^[ \t]/.test(line));
  const continued = next < 0 ? rest : rest.slice(0, next);
  return [first, ...continued.map((line) => line.replace(/^(?: {7}\||\t| {8})/, ''))].join('\n').trim() || undefined;
}
