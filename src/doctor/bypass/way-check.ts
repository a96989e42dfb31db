import type { Check } from '../types.ts';
import type { WayVerdict } from './judge-way.ts';
import type { Way } from './ways.ts';

type Options = {
  /** Whether an open way is a failure, and not only a warning. */
  readonly all: boolean;
  /** The origins that the network lets through; undefined if it was not asked. */
  readonly reached: readonly string[] | undefined;
};

const closeByConfiguration =
  'run `awspip setup --enforce`; it cannot replace variables and the configuration of a virtual environment';
const closeByNetwork =
  'only the network can close this way: allow the hosts of the vetted repository, and no package index';

/** Returns the check for one way to install packages without awspip. */
export function wayCheck({ name, byConfiguration }: Way, verdict: WayVerdict, { all, reached }: Options): Check {
  switch (verdict.kind) {
    case 'closed':
      return {
        name,
        state: 'pass',
        detail: verdict.to === 'nowhere' ? 'finds no packages' : 'finds packages in the vetted repository only',
      };
    case 'unclear':
      return { name, state: 'skip', detail: `does not run: ${lastLine(verdict.output)}` };
    case 'open': {
      const sources = verdict.sources.join(', ');
      const isBlocked = verdict.origins.length > 0 && reached?.length === 0 && !verdict.hasFolder;
      if (isBlocked) return { name, state: 'pass', detail: `asks ${sources}, which the network does not let through` };
      return {
        name,
        state: all ? 'fail' : 'warn',
        detail: `installs unvetted packages from ${sources}`,
        hint: byConfiguration ? closeByConfiguration : closeByNetwork,
        exit: 'configuration',
      };
    }
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 200) || 'it printed nothing';
}
