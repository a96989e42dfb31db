import type { Hono } from 'hono';
import type { ProjectName } from '../../index/types.ts';
import { isInternal } from '../lists.ts';
import type { Policy } from '../policy.ts';
import type { Assessment, Firewall } from '../types.ts';
import { firewallServer } from './firewall-server.ts';
import type { Decide } from './judge-page.ts';
import type { Metrics } from './metrics.ts';
import { registryProxy } from './registry-proxy.ts';
import type { ServedIndex } from './served-index.ts';
import type { LogEntry, ServeEnvironment } from './types.ts';
import { isCompleteIndex, withDecisions, withPages } from './with-pages.ts';

/** The HTTP application of one policy. */
export type ServedApp = { readonly fetch: Hono<ServeEnvironment>['fetch']; readonly policyVersion: string };

/** What the applications of all policies share. */
type SharedParts = {
  readonly openFirewall: (policy: Policy) => Firewall;
  readonly upstream: Pick<ServedIndex, 'page' | 'open' | 'metadata' | 'projects' | 'follow'>;
  readonly indexUrls: readonly string[];
  readonly withProxy: boolean;
  /** People's decisions, and where refusals are recorded for them; undefined to serve the policy alone. */
  readonly decisions: { readonly decide: Decide; readonly record: (refusal: Assessment) => Promise<void> } | undefined;
  readonly metrics: Metrics;
  readonly log: (entry: LogEntry) => void;
  /** Returns milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly version: string;
};

/** Returns the application of a policy: the API, and the proxy in front of the index. */
export function servedApp(policy: Policy, parts: SharedParts): ServedApp {
  const { upstream, indexUrls, decisions, metrics, log } = parts;
  upstream.follow(policy);
  const isPublicIndex = indexUrls.every(isCompleteIndex);
  const isPrivate = (name: ProjectName) => isPublicIndex && isInternal(policy, name);
  const firewall = parts.openFirewall(policy);
  const decide: Decide = decisions?.decide ?? (async (assessments) => assessments);
  const proxy = parts.withProxy
    ? registryProxy({
        isInternal: isPrivate,
        contact: policy.contact,
        firewall,
        decide,
        upstream,
        isCompleteIndex,
        sleep: parts.sleep,
        onWithheld: (files) => metrics.count('awspip_withheld_files_total', {}, files),
        onRefused: (assessment) => void decisions?.record(assessment),
        onTransferError: (file, error) => log({ level: 'error', event: 'broken', file, error }),
      })
    : undefined;
  const judged = withDecisions(withPages(firewall, upstream, isPrivate), decide);
  const { fetch } = firewallServer({ ...parts, firewall: judged, proxy });
  return { fetch, policyVersion: firewall.policyVersion };
}
