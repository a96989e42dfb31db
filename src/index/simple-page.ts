import { AwspipError } from '../errors.ts';
import { oneLine } from '../printable.ts';
import { withoutCredentials } from './dispatchers.ts';
import { isIndexPage, parseHtmlPage } from './simple-html.ts';
import { parseJsonPage } from './simple-json.ts';
import type { ProjectName, ProjectPage } from './types.ts';

export {
  chooseSimpleFormat,
  renderProjectList,
  renderSimplePage,
  type SimpleFormat,
  simpleContentTypes,
} from './simple-render.ts';

/** The `accept` header for project pages. JSON is preferred, as in pip (PEP 691). */
export const simpleAcceptHeader =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/**
 * Maximum size of a page. The largest pages on PyPI have about 12 MB, and 5,000 releases with 20 files each about 60 MB.
 */
export const maxPageBytes = 128 * 1024 * 1024;

/** A page as received. */
export type ReceivedPage = {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** URL after redirects. Links are relative to it. */
  readonly url: string;
  readonly name: ProjectName;
  /** Selects files by name. Default: all. */
  readonly isWanted?: ((filename: string) => boolean) | undefined;
};

/**
 * Parses a project's page in JSON (PEP 691, 700, 714, 792) or HTML (PEP 503, 592, 658).
 *
 * Skips unusable entries: no plain file name, an unsupported scheme, or `file:` on a remote page.
 *
 * Other work of the process runs between the slices of a large page.
 *
 * @throws {AwspipError} `index-page-unreadable` (unavailable) when it is too large or too deep, not a simple-index page,
 * or has an unknown API version.
 */
export async function parseSimplePage({ body, contentType, url, name, isWanted }: ReceivedPage): Promise<ProjectPage> {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (body.length > maxPageBytes) throw unreadablePage(url, `it is larger than ${maxPageBytes / 1024 / 1024} MiB`);
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  switch (type) {
    case 'application/vnd.pypi.simple.v1+json':
    case 'application/vnd.pypi.simple.latest+json':
    case 'application/json': {
      const page = await parseJsonPage(text, url, name, isWanted);
      if ('problem' in page) throw unreadablePage(url, page.problem);
      return page;
    }
    case 'application/vnd.pypi.simple.v1+html':
    case 'application/vnd.pypi.simple.latest+html':
    case 'text/html':
      return readHtmlPage(text, url, name, isWanted);
    default:
      throw unreadablePage(url, `its content type is \`${type.slice(0, 80)}\``);
  }
}

async function readHtmlPage(
  text: string,
  url: string,
  name: ProjectName,
  isWanted: (filename: string) => boolean = () => true,
): Promise<ProjectPage> {
  const page = await parseHtmlPage(text, url);
  if ('problem' in page) throw unreadablePage(url, page.problem);
  if (!isIndexPage(page, name))
    throw unreadablePage(
      url,
      `it lists no file${page.title.trim() === '' ? '' : `, and its title is ${quote(page.title)}`}`,
    );
  return { name, files: page.files.filter(({ filename }) => isWanted(filename)), status: page.status };
}

/** Quotes a text of a page as one short line. */
function quote(text: string): string {
  return `\`${oneLine(text).trim().slice(0, 80)}\``;
}

function unreadablePage(url: string, reason: string): AwspipError {
  return new AwspipError(
    'index-page-unreadable',
    `\`${withoutCredentials(url)}\` is not a simple-index page: ${reason}`,
    {
      exit: 'unavailable',
      hint: 'check the index URL; a proxy or a login may answer in place of the index',
    },
  );
}
