import type { ProjectName, ProjectPage } from '../index/types.ts';
import { upstreamIndex } from '../index/upstream.ts';
import { publicIndex } from './lock-addresses.ts';
import type { Edge } from '../compose/process-context.ts';
import { readMachine } from '../compose/pip-machine.ts';

/** The pages of this machine's own index, as far as it has them: files written on the embedded stack name those. */
export async function ownPages(
  names: readonly ProjectName[],
  edge: Edge,
): Promise<ReadonlyMap<ProjectName, ProjectPage>> {
  const upstream = upstreamIndex(readMachine(edge).upstream, { cacheSeconds: 60 });
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
export function ownIndex(edge: Edge): string {
  const first = readMachine(edge).upstream.indexUrls[0];
  if (first === undefined || !URL.canParse(first)) return publicIndex;
  const url = new URL(first);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '') === publicIndex ? publicIndex : url.href;
}
