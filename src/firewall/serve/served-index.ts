import type { ProjectLister, UpstreamConfiguration, UpstreamIndex } from '../../index/types.ts';
import { openUpstreamIndex, type UpstreamOptions } from '../../index/upstream-index.ts';
import { namingOf } from '../lists.ts';
import type { Policy } from '../policy.ts';

/** The index of the machine, with the indexes and internal names of the policy that `follow` was called with last. */
export type ServedIndex = UpstreamIndex & ProjectLister & { readonly follow: (policy: Policy) => void };

/** Opens the index behind the HTTP API and the registry proxy, whose policy may change. */
export function openServedIndex(configuration: UpstreamConfiguration, options: UpstreamOptions): ServedIndex {
  let followed: Pick<Policy, 'indexes' | 'internal'> = { indexes: [], internal: [] };
  return {
    ...openUpstreamIndex(configuration, { ...options, ...namingOf(() => followed) }),
    follow: (policy) => {
      followed = policy;
    },
  };
}
