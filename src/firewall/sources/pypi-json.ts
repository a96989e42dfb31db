import type { ProjectName } from '../../index/types.ts';
import { newestTime } from '../times.ts';
import type { Signal } from '../types.ts';
import { asList, asObject, asText, type JsonObject } from './json.ts';
import { declaredRepository } from './repository.ts';
import { openSource } from './source.ts';
import type { ProjectFacts, ReleaseFacts, SourceSettings } from './types.ts';

/** What PyPI's JSON API says of a project (https://docs.pypi.org/api/json/). Known null: there is no such project. */
export function pypiJson(settings: SourceSettings): (name: ProjectName) => Promise<Signal<ProjectFacts | null>> {
  const ask = openSource({
    name: 'PyPI',
    baseUrl: settings.addresses.pypi,
    settings,
    lifetime: 600_000,
    cap: 67_108_864,
    // Files: some 50 MB, and thousands of projects of common size.
    cacheSize: 200_000,
    weigh: (value) => 1 + filesOf(value as ProjectFacts | null),
  });
  return (name) =>
    ask({
      key: `pypi-2/${name}`,
      path: `/pypi/${encodeURIComponent(name)}/json`,
      read: ({ status, json }) => {
        if (status === 404) return { value: null };
        const facts = readFacts(json);
        return facts === undefined ? { why: 'gave no list of releases' } : { value: facts };
      },
    });
}

function filesOf(facts: ProjectFacts | null): number {
  return Object.values(facts?.releases ?? {}).reduce((sum, { sha256 }) => sum + 1 + sha256.length, 0);
}

function readFacts(json: unknown): ProjectFacts | undefined {
  const answer = asObject(json);
  const info = asObject(answer?.info);
  const releases = asObject(answer?.releases);
  if (answer === undefined || info === undefined || releases === undefined) return undefined;
  // A version whose files were all removed is no release that anyone can install.
  const listed = Object.entries(releases).filter(([, files]) => asList(files).length > 0);
  return {
    newest: asText(info.version) ?? null,
    releases: Object.fromEntries(listed.map(([version, files]) => [version, readRelease(asList(files))])),
    repository: declaredRepository(info),
    status: asText(asObject(answer['project-status'])?.status) ?? null,
  };
}

function readRelease(files: readonly unknown[]): ReleaseFacts {
  const readable = files.map((file) => asObject(file) ?? {});
  const times = readable.map((file) => asText(file.upload_time_iso_8601) ?? utc(asText(file.upload_time)));
  const sha256 = readable
    .map((file) => asText(asObject(file.digests)?.sha256))
    .filter((digest) => digest !== undefined);
  return { uploadedAt: newestTime(times), sha256, yanked: yankedOf(readable), ...kindsOf(readable) };
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

/** PyPI's older field has no zone: it is UTC. */
const utc = (time: string | undefined): string | undefined => (time === undefined ? undefined : `${time}Z`);
