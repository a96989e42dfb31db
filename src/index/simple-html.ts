import { Parser } from 'htmlparser2';
import { indexFile } from './simple-file.ts';
import type { IndexFile, ProjectPage } from './types.ts';

/** Parses the links of an HTML page (PEP 503, 592, 658, 714, 792). A `--find-links` page may have other links too. */
export function parseHtmlPage(body: string, url: string): Omit<ProjectPage, 'name'> {
  const files: IndexFile[] = [];
  let base: string | undefined;
  let status: string | undefined;
  const parser = new Parser({
    onopentag(tag, attributes) {
      if (tag === 'base') base ??= resolveBase(attributes.href, url);
      else if (tag === 'meta' && attributes.name === 'pypi:project-status') status ??= attributes.content?.slice(0, 40);
      else if (tag === 'a') {
        const file = readLink(attributes, base ?? url);
        if (file !== undefined) files.push(file);
      }
    },
  });
  parser.end(body);
  return { files, status };
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
