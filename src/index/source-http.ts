import { acceptedEncodings, discardBody, readBody } from './body.ts';
import { describeStatus } from './describe-status.ts';
import { parseFilename } from './filename.ts';
import { withoutCredentials } from './http.ts';
import type { Http, HttpResponse } from './http-types.ts';
import { memoize } from './memoize.ts';
import { readProjectList } from './project-list.ts';
import { hasDistributions, parseHtmlPage } from './simple-html.ts';
import { maxPageBytes, parseSimplePage, simpleAcceptHeader } from './simple-page.ts';
import { failedResult, type Source, type SourceResult } from './sources.ts';
import type { IndexFile, ProjectName } from './types.ts';

/** Opens a simple index over HTTP. */
export function remoteIndex(root: URL, http: Http): Source {
  const base = root.href.replace(/[?#].*$/, '').replace(/\/*$/, '/');
  const label = withoutCredentials(base);
  return {
    label,
    async readPage(name) {
      try {
        const response = await http.request(`${base}${name}/`, pageRequest(simpleAcceptHeader));
        return await parseResponse(response, name, label);
      } catch (cause) {
        return failedResult(cause);
      }
    },
    readProjects: () => readProjectList(base, label, http),
  };
}

/** How long a result is cached. `now` returns epoch milliseconds. */
export type CacheTiming = { readonly milliseconds: number; readonly now: () => number };
type Links = { readonly kind: 'links'; readonly files: readonly IndexFile[] };

/** Opens a remote `--find-links` target: a page of links, or one archive. Reads the page once for all projects. */
export function remoteLinks(url: URL, http: Http, { milliseconds, now }: CacheTiming): Source {
  const label = withoutCredentials(url.href);
  const readLinks = async (): Promise<Links | SourceResult> => {
    try {
      const response = await http.request(url.href, pageRequest('text/html'));
      if (response.status !== 200) return await statusResult(response, label);
      const page = await parseHtmlPage((await readBody(response, maxPageBytes)).toString(), response.url);
      if ('problem' in page)
        return { kind: 'failed', cause: `\`${label}\` sent a page that cannot be read: ${page.problem}` };
      if (page.isInteractive && !hasDistributions(page))
        return {
          kind: 'failed',
          cause: `\`${label}\` sent a page that asks for input and has no links, such as a login`,
        };
      return { kind: 'links', files: page.files };
    } catch (cause) {
      return failedResult(cause);
    }
  };
  const readCachedLinks = memoize(readLinks, { milliseconds, now, isCacheable: isLinks, weigh: () => 1, maxWeight: 1 });
  return {
    label,
    async readPage(name) {
      const result = await readCachedLinks('all');
      return result.kind === 'links' ? linksOf(name, result.files) : result;
    },
  };
}

function isLinks(result: Links | SourceResult): boolean {
  return result.kind === 'links';
}

/** Returns the links that are files of one project. */
export function linksOf(name: ProjectName, links: readonly IndexFile[]): SourceResult {
  const files = links.filter(({ filename }) => parseFilename(filename, name) !== undefined);
  return files.length === 0 ? { kind: 'missing' } : { kind: 'found', page: { name, files } };
}

function pageRequest(accept: string) {
  return { headers: { accept, 'accept-encoding': acceptedEncodings }, followRedirects: true };
}

async function parseResponse(response: HttpResponse, name: ProjectName, label: string): Promise<SourceResult> {
  if (response.status !== 200) return statusResult(response, label);
  const body = await readBody(response, maxPageBytes);
  const contentType = response.headers['content-type'] ?? '';
  return { kind: 'found', page: await parseSimplePage({ body, contentType, url: response.url, name }) };
}

/** Returns the result for an error status. Only 404 and 410 mean that the project is missing. */
async function statusResult(response: HttpResponse, label: string): Promise<SourceResult> {
  const { status } = response;
  await discardBody(response);
  if (status === 404 || status === 410) return { kind: 'missing' };
  return { kind: 'failed', cause: `\`${label}\` ${describeStatus(response)}` };
}
