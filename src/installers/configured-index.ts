import type { ProjectName, ProjectPage, UpstreamConfiguration } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import type { Observed } from '../relay/types.ts';
import { publicIndex } from './lock-urls.ts';

/** Reads the pages of these projects from this machine's configured index. Projects that it does not have are omitted. */
export async function configuredPages(
  names: readonly ProjectName[],
  configuration: UpstreamConfiguration,
): Promise<ReadonlyMap<ProjectName, ProjectPage>> {
  const upstream = openUpstreamIndex(configuration, { cacheSeconds: 60 });
  try {
    const answers = await Promise.all([...new Set(names)].map((name) => upstream.page(name)));
    return new Map(
      answers.flatMap((answer) => (answer.kind === 'found' ? [[answer.page.name, answer.page] as const] : [])),
    );
  } finally {
    await upstream.close();
  }
}

/** Returns the URL of this machine's configured index without credentials, because lock files are committed. */
export function configuredIndex(configuration: UpstreamConfiguration): string {
  const first = configuration.indexUrls[0];
  if (first === undefined || !URL.canParse(first)) return publicIndex;
  const url = new URL(first);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '') === publicIndex ? publicIndex : url.href;
}

/** Replaces the pages of the relay by those of the configured index, as far as it has them. */
export async function replaceByConfigured(
  pages: Observed['pages'],
  upstream: UpstreamConfiguration,
): Promise<Observed['pages']> {
  const configured = await configuredPages([...pages.keys()], upstream);
  return new Map([...pages, ...[...configured].map(([name, page]) => [name, { status: 200, page }] as const)]);
}
