import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseHtmlPage } from './simple-html.ts';
import { maxPageBytes } from './simple-page.ts';
import { linksOf } from './source-http.ts';
import { failedResult, type Source, type SourceResult } from './sources.ts';
import type { IndexFile } from './types.ts';

const maxEntries = 100_000;

/** Opens a simple index in a folder (`--index-url file:///…/simple/`). Reads `<name>/index.html`, as pip does. */
export function folderIndex(root: URL): Source {
  const addDigest = openFileDigester();
  return {
    label: root.href,
    async readPage(name) {
      const folder = fileURLToPath(new URL(`${root.href.replace(/\/*$/, '/')}${name}/`));
      try {
        const page = await readHtml(path.join(folder, 'index.html'), pathToFileURL(`${folder}index.html`).href);
        if (page === undefined) return await missingUnder(root);
        return { kind: 'found', page: { ...page, name, files: await Promise.all(page.files.map(addDigest)) } };
      } catch (cause) {
        return failedResult(cause);
      }
    },
  };
}

/** Opens a local `--find-links` target: a folder of archives, a page of links, or a single archive. */
export function folderLinks(url: URL): Source {
  const addDigest = openFileDigester();
  return {
    label: url.href,
    async readPage(name) {
      try {
        const result = linksOf(name, await listLinks(fileURLToPath(url)));
        if (result.kind !== 'found') return result;
        return { kind: 'found', page: { name, files: await Promise.all(result.page.files.map(addDigest)) } };
      } catch (cause) {
        return failedResult(cause);
      }
    },
  };
}

async function listLinks(localPath: string): Promise<readonly IndexFile[]> {
  if (!(await stat(localPath)).isDirectory()) {
    if (!/\.html?$/i.test(localPath)) return [localFile(localPath)];
    return (await readHtml(localPath, pathToFileURL(localPath).href))?.files ?? [];
  }
  const names = (await readdir(localPath)).slice(0, maxEntries).sort();
  return names.map((name) => localFile(path.join(localPath, name)));
}

function localFile(localPath: string): IndexFile {
  return { filename: path.basename(localPath), url: pathToFileURL(localPath).href, hashes: {}, yanked: false };
}

async function readHtml(localPath: string, url: string) {
  const stats = await stat(localPath).catch(undefinedIfAbsent);
  if (stats === undefined) return undefined;
  if (stats.size > maxPageBytes) throw new Error(`\`${localPath}\` is larger than ${maxPageBytes / 1024 / 1024} MiB`);
  const page = await parseHtmlPage(await readFile(localPath, 'utf8'), url);
  if ('problem' in page) throw new Error(`\`${localPath}\` cannot be read: ${page.problem}`);
  return page;
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

/** Returns `missing` only if the index folder exists. Otherwise the missing page is a failure. */
async function missingUnder(root: URL): Promise<SourceResult> {
  const stats = await stat(fileURLToPath(root)).catch(undefinedIfAbsent);
  if (stats?.isDirectory()) return { kind: 'missing' };
  return { kind: 'failed', cause: `the folder \`${fileURLToPath(root)}\` does not exist` };
}

/** Returns a function that adds the size and any missing sha256 of a local file. It reads each file once. */
function openFileDigester(): (file: IndexFile) => Promise<IndexFile> {
  const digests = new Map<string, Promise<string>>();
  return async (file) => {
    if (!file.url.startsWith('file:')) return file;
    const localPath = fileURLToPath(file.url);
    const stats = await stat(localPath).catch(undefinedIfAbsent);
    if (!stats?.isFile()) return file;
    if (file.hashes.sha256 !== undefined) return { ...file, size: stats.size };
    const key = `${localPath} ${stats.size} ${stats.mtimeMs}`;
    const digest = digests.get(key) ?? sha256Of(localPath);
    digests.set(key, digest);
    return { ...file, size: stats.size, hashes: { ...file.hashes, sha256: await digest } };
  };
}

async function sha256Of(localPath: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(localPath)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
