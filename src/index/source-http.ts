import { acceptedEncodings, discardBody, readBody } from './body.ts';
import { parseFilename } from './filename.ts';
import { withoutCredentials } from './http.ts';
import type { Http, HttpAnswer } from './http-types.ts';
import { memoize } from './memoize.ts';
import { parseHtmlPage } from './simple-html.ts';
import { maxPageBytes, parseSimplePage, simpleAccept } from './simple-page.ts';
import { failed, type Source, type SourceAnswer } from './sources.ts';
import type { IndexFile, ProjectName } from './types.ts';

/** Opens a simple index over HTTP. */
export function remoteIndex(root: URL, http: Http): Source {
  const base = root.href.replace(/[?#].*$/, '').replace(/\/*$/, '/');
  const label = withoutCredentials(base);
  return {
    label,
    async ask(name) {
      try {
        const answer = await http.request(`${base}${name}/`, pageRequest(simpleAccept));
        return await readPage(answer, name, label);
      } catch (cause) {
        return failed(cause);
      }
    },
  };
}

/** How long a result is cached. `now` returns epoch milliseconds. */
export type Timing = { readonly milliseconds: number; readonly now: () => number };
type Links = { readonly kind: 'links'; readonly files: readonly IndexFile[] };

/** Opens a remote `--find-links` target: a page of links, or one archive. Reads the page once for all projects. */
export function remoteLinks(url: URL, http: Http, { milliseconds, now }: Timing): Source {
  const label = withoutCredentials(url.href);
  const readLinks = async (): Promise<Links | SourceAnswer> => {
    try {
      const answer = await http.request(url.href, pageRequest('text/html'));
      if (answer.status !== 200) return await statusAnswer(answer, label);
      return {
        kind: 'links',
        files: parseHtmlPage((await readBody(answer, maxPageBytes)).toString(), answer.url).files,
      };
    } catch (cause) {
      return failed(cause);
    }
  };
  const links = memoize(readLinks, { milliseconds, now, keeps: isLinks, weigh: () => 1, maxWeight: 1 });
  return {
    label,
    async ask(name) {
      const answer = await links('all');
      return answer.kind === 'links' ? linksOf(name, answer.files) : answer;
    },
  };
}

function isLinks(answer: Links | SourceAnswer): boolean {
  return answer.kind === 'links';
}

/** Returns the links that are files of one project. */
export function linksOf(name: ProjectName, links: readonly IndexFile[]): SourceAnswer {
  const files = links.filter(({ filename }) => parseFilename(filename, name) !== undefined);
  return files.length === 0 ? { kind: 'missing' } : { kind: 'found', page: { name, files } };
}

function pageRequest(accept: string) {
  return { headers: { accept, 'accept-encoding': acceptedEncodings }, followRedirects: true };
}

async function readPage(answer: HttpAnswer, name: ProjectName, label: string): Promise<SourceAnswer> {
  if (answer.status !== 200) return statusAnswer(answer, label);
  const body = await readBody(answer, maxPageBytes);
  const contentType = answer.headers['content-type'] ?? '';
  return { kind: 'found', page: parseSimplePage({ body, contentType, url: answer.url, name }) };
}

/** Returns the result for an error status. Only 404 and 410 mean that the project is missing. */
async function statusAnswer(answer: HttpAnswer, label: string): Promise<SourceAnswer> {
  const { status } = answer;
  await discardBody(answer);
  if (status === 404 || status === 410) return { kind: 'missing' };
  return { kind: 'failed', cause: `\`${label}\` answered with status ${status}` };
}
