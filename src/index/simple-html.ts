import { readTags, TooDeep } from './html-tags.ts';
import { addFile, indexFile, TooManyFiles } from './simple-file.ts';
import type { IndexFile, ProjectPage } from './types.ts';

/** A page in HTML, and what shows that it is a simple index page although it lists no file. */
type HtmlPage = Omit<ProjectPage, 'name'> & {
  /** Title and headings. */
  readonly title: string;
  /** Whether the page gives its version of the simple API (PEP 629). */
  readonly hasApiVersion: boolean;
  /** Whether the page asks the reader for input, as a login page does. */
  readonly isInteractive: boolean;
};

const interactiveTags = new Set(['form', 'input', 'button', 'script', 'iframe']);
const maxTitleLength = 1000;

/**
 * Parses the links of an HTML page (PEP 503, 592, 658, 714, 792). A `--find-links` page may have other links too. Returns
 * the problem with a page that cannot be read.
 */
export async function parseHtmlPage(body: string, url: string): Promise<HtmlPage | { readonly problem: string }> {
  const files: IndexFile[] = [];
  let base: string | undefined;
  let status: string | undefined;
  let title = '';
  let isInTitle = false;
  let hasApiVersion = false;
  let isInteractive = false;
  const isTitle = (tag: string): boolean => tag === 'title' || tag === 'h1';
  try {
    await readTags(body, {
      withAttributes: new Set(['a', 'base', 'meta']),
      onOpen(tag, attributes) {
        if (tag === 'base') base ??= resolveBase(attributes.href, url);
        else if (tag === 'meta' && attributes.name === 'pypi:project-status')
          status ??= attributes.content?.slice(0, 40);
        else if (tag === 'meta' && attributes.name === 'pypi:repository-version') hasApiVersion = true;
        else if (tag === 'a') addFile(files, readLink(attributes, base ?? url));
        isInteractive ||= interactiveTags.has(tag);
        isInTitle ||= isTitle(tag);
      },
      onText(text) {
        if (isInTitle && title.length < maxTitleLength) title += text.slice(0, maxTitleLength);
      },
      onClose(tag) {
        if (isTitle(tag)) isInTitle = false;
      },
    });
  } catch (error) {
    if (error instanceof TooDeep || error instanceof TooManyFiles) return { problem: error.message };
    throw error;
  }
  return { files, status, title, hasApiVersion, isInteractive };
}

/** Names of distribution files of today and of the past. Other links are those of a web page. */
const distribution = /\.(whl|zip|tar(\.\w+)?|tgz|tbz2?|txz|egg|exe|msi|rpm|deb|dmg)$/i;

/** Checks whether a page has a link to a file that an index may list. */
export function hasDistributions({ files }: Pick<HtmlPage, 'files'>): boolean {
  return files.some(({ filename }) => distribution.test(filename));
}

/**
 * Checks whether a page is an index page of this project, and not the page of a proxy or a login. Index pages without
 * files have the API version, or name the project or themselves in the title.
 */
export function isIndexPage(page: HtmlPage, name: string): boolean {
  const { title, hasApiVersion, isInteractive } = page;
  if (hasApiVersion || hasDistributions(page)) return true;
  if (isInteractive) return false;
  const words = title.toLowerCase().replace(/[-_.]+/g, '-');
  return words.trim() === '' || words.includes(name) || /\b(links|index|simple)\b/.test(words);
}

function resolveBase(href: string | undefined, url: string): string | undefined {
  return href !== undefined && URL.canParse(href, url) ? allowedBase(new URL(href, url).href, url) : undefined;
}

/** Returns the base URL of a page. A remote page cannot set a `file:` base. */
function allowedBase(base: string, url: string): string {
  return base.startsWith('file:') && !url.startsWith('file:') ? url : base;
}

function readLink(attributes: Readonly<Record<string, string>>, base: string): IndexFile | undefined {
  const { href } = attributes;
  if (href === undefined) return undefined;
  const entry = {
    href: href.trim(),
    requiresPython: attributes['data-requires-python'],
    yanked: attributes['data-yanked'] === '' ? true : attributes['data-yanked'],
    // Not standardised, but CodeArtifact and some other indexes set it in HTML.
    uploadTime: attributes['data-upload-time'],
    coreMetadata: attributes['data-core-metadata'] ?? attributes['data-dist-info-metadata'],
  };
  return indexFile(entry, base);
}
