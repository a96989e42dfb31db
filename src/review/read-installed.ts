import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { declaredLicence } from '../firewall/sources/declared-licence.ts';
import { parseFilename } from '../index/filename.ts';
import { type InstalledDistribution, readStart, withoutVendored } from '../installers/installed-distributions.ts';
import { readEnvironment } from '../installers/read-environment.ts';
import { isSeeded } from '../installers/seeded-distributions.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { isAllowedInstall } from '../pip/bypass.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { parsePipArguments } from '../pip/grammar.ts';
import type { ProcessContext } from '../process-context.ts';
import { maxMetadataBytes } from '../vetting/wheel-metadata.ts';
import { checkIntegrity } from './installed-integrity.ts';
import type { InstalledPackage, ReadEnvironment } from './types.ts';

/** Package managers that sign what they install. pip and uv never write these. */
const otherManagers = new Set(['conda', 'rpm', 'debian', 'apk']);

/**
 * Reads what is installed in an environment, with licences, origins and changed files.
 *
 * @throws {AwspipError} `python-unusable` (78)
 */
export async function readInstalledPackages(context: ProcessContext, python?: string): Promise<ReadEnvironment> {
  const environment = await readEnvironment(context, python);
  const ports = await rootsPorts(context, parsePipArguments(['install']));
  const distributions = await withoutVendored(environment.distributions);
  const packages = await mapConcurrently([...distributions], 4, async (item): Promise<InstalledPackage> => {
    const { name, version, from, sha256 } = item.release;
    const [texts, integrity] = await Promise.all([readMetadata(item), checkIntegrity(item.metadata, item.site.folder)]);
    const source = otherManagers.has(item.installer)
      ? 'manager'
      : (await isAllowedInstall(item.release, ports))
        ? 'own'
        : (await isSeeded(item, environment.seeds))
          ? 'seeded'
          : from.kind === 'unknown' || (from.kind === 'archive' && sha256 !== undefined)
            ? 'index'
            : 'elsewhere';
    return {
      ...{ name, version, source, sha256, integrity, origin: item.origin },
      ...texts,
      metadataFolder: item.metadata,
    };
  });
  return { python: environment.python, prefix: environment.prefix, packages };
}

type Texts = Pick<InstalledPackage, 'licence' | 'metadataSha256' | 'tags'>;

async function readMetadata({ metadata }: InstalledDistribution): Promise<Texts> {
  const [text, wheel] = await Promise.all(
    ['METADATA', 'WHEEL'].map((file) => readStart(path.join(metadata, file), maxMetadataBytes)),
  );
  const values = (key: string, of = text) => headerValues(of ?? '', key);
  const licence = declaredLicence({
    license_expression: values('License-Expression')[0] ?? null,
    classifiers: values('Classifier'),
    license: values('License')[0] ?? null,
  });
  return {
    licence: licence === '' ? undefined : { text: licence, isExpression: values('License-Expression').length > 0 },
    metadataSha256: await digestOf(path.join(metadata, 'METADATA')),
    tags: values('Tag', wheel),
  };
}

/** Returns the values of a header, in linear time also for hostile texts. */
export function headerValues(text: string, key: string): readonly string[] {
  const [headers = ''] = text.split(/\r?\n\r?\n/, 1);
  const start = `${key.toLowerCase()}:`;
  const lines = headers.split('\n').filter((line) => line.slice(0, start.length).toLowerCase() === start);
  return lines.map((line) => line.slice(start.length).trim());
}

/** Returns the sha256 hex of a METADATA; undefined for a larger one than the records have. */
async function digestOf(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile() || stats.size > maxMetadataBytes) return undefined;
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Returns the vetted file that was installed, by the tags of the installed wheel; undefined if it isn't certain. */
export function installedFile(
  { name, tags, sha256 }: Pick<InstalledPackage, 'name' | 'tags' | 'sha256'>,
  vetted: Readonly<Record<string, string>>,
): { readonly filename: string; readonly sha256: string } | undefined {
  const wanted = tags.toSorted().join(' ');
  const fitting = Object.entries(vetted).filter(([filename, digest]) => {
    if (sha256 !== undefined) return digest === sha256;
    const parsed = parseFilename(filename, name);
    if (parsed?.kind !== 'wheel' || tags.length === 0) return false;
    // A file name can stand for very many tags.
    if (parsed.pythonTags.length * parsed.abiTags.length * parsed.platformTags.length !== tags.length) return false;
    const expanded = parsed.pythonTags.flatMap((python) =>
      parsed.abiTags.flatMap((abi) => parsed.platformTags.map((platform) => `${python}-${abi}-${platform}`)),
    );
    return expanded.toSorted().join(' ') === wanted;
  });
  const [first] = fitting;
  return fitting.length === 1 && first !== undefined ? { filename: first[0], sha256: first[1] } : undefined;
}
