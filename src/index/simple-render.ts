import { parseFilename } from './filename.ts';
import { normaliseName } from './names.ts';
import type { IndexFile, ProjectPage } from './types.ts';
import { compareVersions, normaliseVersion } from './versions.ts';

export type SimpleFormat = 'json' | 'html';

/** Content types of PEP 691. */
export const simpleContentTypes = {
  json: 'application/vnd.pypi.simple.v1+json',
  html: 'application/vnd.pypi.simple.v1+html',
} as const;

/** The format for each accepted media type. A wildcard means HTML, as in CodeArtifact. */
const formats: Readonly<Record<string, SimpleFormat>> = {
  'application/vnd.pypi.simple.v1+json': 'json',
  'application/vnd.pypi.simple.latest+json': 'json',
  'application/vnd.pypi.simple.v1+html': 'html',
  'application/vnd.pypi.simple.latest+html': 'html',
  'text/html': 'html',
  'text/*': 'html',
  '*/*': 'html',
};

/** Chooses the format of a page by an `Accept` header (RFC 9110, 12.5.1); undefined means 406. */
export function chooseSimpleFormat(acceptHeader: string | undefined): SimpleFormat | undefined {
  if (acceptHeader === undefined || acceptHeader.trim() === '') return 'html';
  let best: { format: SimpleFormat; weight: number } | undefined;
  for (const range of acceptHeader.slice(0, 4096).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = Object.hasOwn(formats, type) ? formats[type] : undefined;
    const weight = weightOf(parameters);
    if (format !== undefined && weight > (best?.weight ?? 0)) best = { format, weight };
  }
  return best?.format;
}

function weightOf(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  if (quality === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(quality) ? Number(quality) : 0;
}

/** A page to render, and the versions of its files if they are known. */
type RenderedPage = ProjectPage & { readonly versions?: readonly string[] };

/** Renders a page. `urlOf` returns each file's link, absolute or relative, without fragment. */
export function renderSimplePage(
  page: RenderedPage,
  format: SimpleFormat,
  urlOf: (file: IndexFile) => string,
): { contentType: string; body: string } {
  const body = format === 'json' ? renderJson(page, urlOf) : renderHtml(page, urlOf);
  return { contentType: format === 'json' ? simpleContentTypes.json : 'text/html; charset=utf-8', body };
}

/** Renders the list of all projects. Links are relative to the list. */
export function renderProjectList(
  names: readonly string[],
  format: SimpleFormat,
): { contentType: string; body: string } {
  if (format === 'json') {
    const projects = names.map((name) => ({ name }));
    const body = JSON.stringify({ meta: { 'api-version': '1.0' }, projects });
    return { contentType: simpleContentTypes.json, body };
  }
  const links = names.map((name) => `<a href="${normaliseName(name)}/">${name}</a><br>`);
  const head = '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0">';
  const body = `${head}<title>Projects</title></head><body>\n${links.join('\n')}\n</body></html>\n`;
  return { contentType: 'text/html; charset=utf-8', body };
}

function renderJson({ name, files, status, versions }: RenderedPage, urlOf: (file: IndexFile) => string): string {
  return JSON.stringify({
    meta: { 'api-version': apiVersion(files, status) },
    name,
    ...(status === undefined ? {} : { 'project-status': { status } }),
    versions: sortedVersions(versions ?? versionsOf(name, files)),
    files: files.map((file) => ({
      filename: file.filename,
      url: urlOf(file),
      hashes: file.hashes,
      'requires-python': file.requiresPython,
      size: file.size,
      'upload-time': file.uploadTime,
      yanked: file.yanked,
      'core-metadata': file.coreMetadata,
    })),
  });
}

/**
 * Returns the lowest API version that covers the page. PEP 792 needs 1.4. PEP 700 (1.1) requires the size of every
 * file.
 */
function apiVersion(files: readonly IndexFile[], status: string | undefined): string {
  if (status !== undefined) return '1.4';
  return files.every(({ size }) => size !== undefined) ? '1.1' : '1.0';
}

function versionsOf(name: ProjectPage['name'], files: readonly IndexFile[]): string[] {
  return files.flatMap(({ filename }) => parseFilename(filename, name)?.version ?? []);
}

function sortedVersions(versions: readonly string[]): string[] {
  return [...new Set(versions.map(normaliseVersion))].sort(compareVersions);
}

function renderHtml({ name, files, status }: ProjectPage, urlOf: (file: IndexFile) => string): string {
  const statusTag = status === undefined ? '' : `<meta name="pypi:project-status" content="${escapeHtml(status)}">`;
  const title = `Links for ${escapeHtml(name)}`;
  return [
    '<!DOCTYPE html>',
    `<html><head><meta name="pypi:repository-version" content="1.0">${statusTag}<title>${title}</title></head><body>`,
    `<h1>${title}</h1>`,
    ...files.map((file) => renderLink(file, urlOf(file))),
    '</body></html>\n',
  ].join('\n');
}

function renderLink(
  { filename, hashes, requiresPython, yanked, coreMetadata, uploadTime }: IndexFile,
  url: string,
): string {
  const [algorithm, digest] = bestDigest(hashes) ?? [];
  const fragment = algorithm === undefined || url.includes('#') ? '' : `#${algorithm}=${digest}`;
  const attributes = [
    ['href', `${url}${fragment}`],
    ['data-requires-python', requiresPython],
    ['data-yanked', yanked === false ? undefined : yanked === true ? '' : yanked],
    ['data-core-metadata', metadataAttribute(coreMetadata)],
    ['data-upload-time', uploadTime],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${escapeHtml(value)}"`]));
  return `<a ${attributes.join(' ')}>${escapeHtml(filename)}</a><br>`;
}

function metadataAttribute(coreMetadata: IndexFile['coreMetadata']): string | undefined {
  if (typeof coreMetadata !== 'object') return coreMetadata === true ? 'true' : undefined;
  const digest = bestDigest(coreMetadata);
  return digest === undefined ? 'true' : digest.join('=');
}

function bestDigest(hashes: Readonly<Record<string, string>>): readonly [string, string] | undefined {
  const algorithm = ['sha256', 'sha512', 'sha384', 'sha224', 'sha1', 'md5'].find((algorithmName) =>
    Object.hasOwn(hashes, algorithmName),
  );
  return algorithm === undefined ? undefined : [algorithm, hashes[algorithm] ?? ''];
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
