import { evaluateMarker } from '../index/markers.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { ProjectName, TargetEnvironment } from '../index/types.ts';
import { requireSupportedPip } from '../pip/find-pip.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { environmentFromUserAgent, pipVersionFromUserAgent } from '../pip/user-agent.ts';
import type { InstallRequest } from './types.ts';
import { installRequest, type RequestContent, vettedVerbs } from './vet-round.ts';

/** What is known of a command before pip runs. */
export type CertainFailure = {
  readonly verb: string | undefined;
  readonly request: Pick<InstallRequest, 'roots' | 'constraints' | 'options' | 'target' | 'newest'>;
  /** Whether the relay is the only source of packages: the command names no other index or folder. */
  readonly isOnlySource: boolean;
  /** Whether pip certainly needs a project from the repository, because it isn't installed. */
  readonly isCertain: (name: ProjectName) => boolean;
};

/**
 * Starts the vetting of a request if the install would, and doesn't wait for it. The install then joins it. `since`: epoch
 * milliseconds of the start of pip.
 */
export type Begin = (request: RequestContent, since: number) => Promise<void>;

type Ports = Pick<CertainFailure, 'isCertain'> & {
  readonly begin: Begin;
  /** Confirms that the repository lacks a project, if a 404 can mean something else. */
  readonly confirm: (name: ProjectName) => Promise<boolean>;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/**
 * Returns the request that the install will make, if pip certainly fails because the repository has no page of a root;
 * otherwise undefined. pip has no candidate for this root, and nothing that it could choose in its place.
 */
export function certainRequest(
  { verb, request, isOnlySource, isCertain }: CertainFailure,
  missing: ProjectName,
  userAgent: string | undefined,
): RequestContent | undefined {
  const environment = environmentFromUserAgent(userAgent ?? '');
  if (environment === undefined || !isSupported(userAgent ?? '')) return undefined;
  if (!vettedVerbs.has(verb ?? '') || !isOnlySource || !isCertain(missing)) return undefined;
  // An upgrade keeps what is installed, and its requests are made before pip runs. pip looks for its own updates.
  if (request.options.upgrade || request.newest === true || missing === 'pip') return undefined;
  if (!request.roots.some((root) => isNeeded(root, missing, environment))) return undefined;
  return installRequest({ ...request, environment });
}

/**
 * Returns a listener that begins the vetting at the first missing page that certainly leads to it, while pip still runs.
 * Failures are ignored: the install makes the request again, and reports them.
 */
export function earlyVetting(
  { verb, options }: Pick<PipCommand, 'verb' | 'options'>,
  request: CertainFailure['request'] & { readonly unvettedSources: readonly unknown[] },
  { begin, isCertain, confirm, now }: Ports,
): (missing: ProjectName, userAgent: string | undefined) => void {
  const names = options.map(({ name }) => name);
  const isOnlySource = request.unvettedSources.length === 0 && !names.some((name) => sourceOptions.has(name));
  const since = now();
  let hasBegun = false;
  const start = async (missing: ProjectName, content: RequestContent) => {
    if (await confirm(missing)) await begin(content, since);
  };
  return (missing, userAgent) => {
    if (hasBegun) return;
    const content = certainRequest({ verb, request, isOnlySource, isCertain }, missing, userAgent);
    if (content === undefined) return;
    hasBegun = true;
    start(missing, content).catch(() => undefined);
  };
}

/** With these, pip may find a package elsewhere, or uses no index. */
const sourceOptions = new Set(['--index-url', '--extra-index-url', '--find-links', '--no-index']);

function isNeeded(root: string, missing: ProjectName, environment: TargetEnvironment): boolean {
  const requirement = parseRequirement(root);
  if (requirement?.name !== missing || requirement.url !== undefined) return false;
  return requirement.marker === undefined || evaluateMarker(requirement.marker, environment);
}

function isSupported(userAgent: string): boolean {
  try {
    requireSupportedPip(pipVersionFromUserAgent(userAgent) ?? '');
    return true;
  } catch {
    return false;
  }
}
