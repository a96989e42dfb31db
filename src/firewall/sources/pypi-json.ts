import { maxPageBytes } from '../../index/simple-page.ts';
import type { ProjectName } from '../../index/types.ts';
import { newestTime } from '../times.ts';
import type { Signal } from '../types.ts';
import { declaredLicence } from './declared-licence.ts';
import { declaredRepository } from './declared-repository.ts';
import { asList, asObject, asText, type JsonObject } from './json.ts';
import { openSource } from './source.ts';
import type { ProjectFacts, ReleaseFacts, SourceSettings } from './types.ts';

/** Opens PyPI's JSON API (https://docs.pypi.org/api/json/). The value is null if the project does not exist. */
export function pypiJson(settings: SourceSettings): (name: ProjectName) => Promise<Signal<ProjectFacts | null>> {
  const request = openSource({
    name: 'PyPI',
    baseUrl: settings.addresses.pypi,
    settings,
    lifetime: 600_000,
    maxBytes: maxPageBytes,
    // The weight is the number of files. This many take about 50 MB and belong to thousands of average projects.
    cacheSize: 200_000,
    weigh: (value) => 1 + weightOf(value as ProjectFacts | null),
  });
  return (name) =>
    request({
      key: `pypi-3/${name}`,
      path: `/pypi/${encodeURIComponent(name)}/json`,
      read: ({ status, json }) => {
        if (status === 404) return { value: null };
        const facts = readFacts(json);
        return facts === undefined ? { why: 'returned no list of releases' } : { value: facts };
      },
    });
}

function weightOf(facts: ProjectFacts | null): number {
  return Object.values(facts?.releases ?? {}).reduce((sum, { sha256 }) => sum + 1 + sha256.length, 0);
}

function readFacts(json: unknown): ProjectFacts | undefined {
  const body = asObject(json);
  const info = asObject(body?.info);
  const releases = asObject(body?.releases);
  if (body === undefined || info === undefined || releases === undefined) return undefined;
  // A version whose files have all been deleted cannot be installed.
  const listed = Object.entries(releases).filter(([, files]) => asList(files).length > 0);
  return {
    newest: asText(info.version) ?? null,
    releases: Object.fromEntries(listed.map(([version, files]) => [version, readRelease(asList(files))])),
    repository: declaredRepository(info),
    licence: declaredLicence(info),
    status: asText(asObject(body['project-status'])?.status) ?? null,
  };
}

function readRelease(files: readonly unknown[]): ReleaseFacts {
  const objects = files.map((file) => asObject(file) ?? {});
  const times = objects.map((file) => asText(file.upload_time_iso_8601) ?? utc(asText(file.upload_time)));
  const sha256 = objects.map((file) => asText(asObject(file.digests)?.sha256)).filter((digest) => digest !== undefined);
  return { uploadedAt: newestTime(times), sha256, yanked: yankedOf(objects), ...kindsOf(objects) };
}

function yankedOf(files: readonly JsonObject[]): boolean | string {
  if (!files.every((file) => file.yanked === true)) return false;
  return files.map((file) => asText(file.yanked_reason)?.slice(0, 300)).find((reason) => reason !== undefined) ?? true;
}

function kindsOf(files: readonly JsonObject[]): Pick<ReleaseFacts, 'kinds' | 'file'> {
  const wheel = files.find((file) => file.packagetype === 'bdist_wheel');
  const sdist = files.find((file) => file.packagetype === 'sdist');
  const kinds = wheel === undefined ? (sdist === undefined ? undefined : 'sdist') : sdist ? 'both' : 'wheels';
  return { kinds, file: asText((wheel ?? sdist)?.filename)?.slice(0, 300) };
}

/** Adds the time zone to PyPI's older field, which is in UTC without saying so. */
const utc = (time: string | undefined): string | undefined => (time === undefined ? undefined : `${time}Z`);
