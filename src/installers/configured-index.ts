import type { ProjectName, ProjectPage, UpstreamConfiguration } from '../index/types.ts';
import { openUpstreamIndex } from '../index/upstream-index.ts';
import { publicIndex } from './lock-addresses.ts';

/** The pages of this machine's own index, as far as it has them: files written on the local stack name those. */
export async function configuredPages(
  names: readonly ProjectName[],
  configuration: UpstreamConfiguration,
): Promise<ReadonlyMap<ProjectName, ProjectPage>> {
  const upstream = openUpstreamIndex(configuration, { cacheSeconds: 60 });
  try {
    const wanted = [...new Set(names)];
    const answers = await Promise.all(wanted.map((name) => upstream.page(name)));
    return new Map(
      answers.flatMap((answer) => (answer.kind === 'found' ? [[answer.page.name, answer.page] as const] : [])),
    );
  } finally {
    await upstream.close();
  }
}

/** The address of this machine's own index, without credentials: lock files are checked in. */
export function configuredIndex(configuration: UpstreamConfiguration): string {
  const first = configuration.indexUrls[0];
  if (first === undefined || !URL.canParse(first)) return publicIndex;
  const url = new URL(first);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '') === publicIndex ? publicIndex : url.href;
}
