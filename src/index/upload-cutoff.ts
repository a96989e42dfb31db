import type { IndexFile, ProjectName, ProjectPage } from './types.ts';

/**
 * The time before which files must have been uploaded, as pip's `--uploaded-prior-to` and uv's `exclude-newer` say it.
 * ISO times in UTC.
 */
export type UploadCutoff = {
  /** For all projects that `projects` does not name. */
  readonly all?: string | undefined;
  /** For single projects. Null: every file counts. */
  readonly projects?: Readonly<Record<string, string | null>> | undefined;
};

/** Returns the cut-off of one project: epoch milliseconds; undefined if every file counts. */
export function cutoffOf(cutoff: UploadCutoff | undefined, name: ProjectName): number | undefined {
  const { all, projects = {} } = cutoff ?? {};
  const time = Object.hasOwn(projects, name) ? projects[name] : all;
  return time === undefined || time === null ? undefined : Date.parse(time);
}

/**
 * Returns the page with the files that were uploaded before the cut-off of its project. As in pip and uv, a file without
 * an upload time was not.
 */
export function uploadedBefore(page: ProjectPage, cutoff: UploadCutoff | undefined): ProjectPage {
  const limit = cutoffOf(cutoff, page.name);
  if (limit === undefined) return page;
  const isEarlier = ({ uploadTime }: IndexFile) => uploadTime !== undefined && Date.parse(uploadTime) < limit;
  return { ...page, files: page.files.filter(isEarlier) };
}

const hour = 3_600_000;

/**
 * Returns the ISO time of a moment that lies a duration before now, rounded down to the hour. So equal commands are
 * equal requests for a while, and every file before it is also before the later time that the installer calculates.
 */
export function timeBefore(now: number, milliseconds: number): string | undefined {
  return isoTime(Math.floor((now - milliseconds) / hour) * hour);
}

/** Returns the ISO time of epoch milliseconds; undefined outside the range of dates. */
export function isoTime(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999
    ? undefined
    : date.toISOString();
}
