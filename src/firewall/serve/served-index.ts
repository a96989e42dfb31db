import type { ProjectLister, UpstreamConfiguration, UpstreamIndex } from '../../index/types.ts';
import { openUpstreamIndex, type UpstreamOptions } from '../../index/upstream-index.ts';
import type { Policy } from '../policy.ts';

/** The index of the machine, with those of the policy that `follow` was called with last. */
export type ServedIndex = UpstreamIndex & ProjectLister & { readonly follow: (policy: Policy) => void };

/** Opens the index behind the HTTP API and the registry proxy, whose policy may change. */
export function openServedIndex(configuration: UpstreamConfiguration, options: UpstreamOptions): ServedIndex {
  let indexes: Policy['indexes'] = [];
  return {
    ...openUpstreamIndex(configuration, { ...options, indexes: () => indexes }),
    follow: (policy) => {
      indexes = policy.indexes;
    },
  };
}
