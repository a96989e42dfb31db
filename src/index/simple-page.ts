import { AwspipError } from '../errors.ts';
import { parseHtmlPage } from './simple-html.ts';
import { parseJsonPage } from './simple-json.ts';
import type { ProjectName, ProjectPage } from './types.ts';

export { chooseSimpleFormat, renderSimplePage, type SimpleFormat, simpleContentTypes } from './simple-render.ts';

/** What to ask an index for: JSON first, as pip does (PEP 691). */
export const simpleAccept =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/** Bytes a page may have; PyPI's largest have about a third. */
export const maxPageBytes = 32 * 1024 * 1024;

/** A page as it came. */
export type SimplePageAnswer = {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** Where it came from, after redirects: its links are relative to this. */
  readonly url: string;
  readonly name: ProjectName;
};

/**
 * Reads a project's page in JSON (PEP 691, 700, 714, 792) or HTML (PEP 503, 592, 658).
 *
 * Entries that cannot be used are left out: no plain file name, a scheme that is none of an index, `file:` from afar.
 *
 * @throws {AwspipError} `index-page-unreadable` (unavailable) when it is too large, no page of an index, or of a
 *   version of the protocol yet to come.
 */
export function parseSimplePage({ body, contentType, url, name }: SimplePageAnswer): ProjectPage {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (body.length > maxPageBytes) throw unreadable(url, 'it is larger than 32 MiB');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  switch (type) {
    case 'application/vnd.pypi.simple.v1+json':
    case 'application/vnd.pypi.simple.latest+json':
    case 'application/json': {
      const page = parseJsonPage(text, url, name);
      if ('problem' in page) throw unreadable(url, page.problem);
      return page;
    }
    case 'application/vnd.pypi.simple.v1+html':
    case 'application/vnd.pypi.simple.latest+html':
    case 'text/html':
      return { ...parseHtmlPage(text, url), name };
    default:
      throw unreadable(url, `its content type is \`${type.slice(0, 80)}\``);
  }
}

function unreadable(url: string, why: string): AwspipError {
  return new AwspipError('index-page-unreadable', `\`${url}\` is no page of an index: ${why}`, { exit: 'unavailable' });
}
