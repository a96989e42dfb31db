import type { StatusChange } from '../codeartifact/set-status.ts';
import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { oneLine } from '../printable.ts';
import { coversVersion } from '../vetting/approvals.ts';
import type { AuditActor } from '../vetting/audit.ts';
import type { PolicyNotes } from '../vetting/policy-notes.ts';
import type { Approval } from '../vetting/types.ts';
import {
  type DecisionContext,
  type EndFlags,
  expiryOf,
  malwareError,
  readContexts,
  recordDecision,
  requireAllowed,
} from './decide.ts';
import { isMalwareReason } from './queue.ts';
import { type ReopenResult, reopenRequests, reopenVetted } from './reopen.ts';
import { readReason, type Spec } from './spec.ts';
import type { FirewallService, Records } from './types.ts';

/** What to decide. */
export type DecisionRequest = {
  readonly kind: Approval['kind'];
  readonly specs: readonly Spec[];
  readonly reason: string;
  readonly owner?: string | undefined;
  readonly end: EndFlags;
  readonly evenMalware: boolean;
  /** For a denial: whether to archive the releases in the vetted repository. For an approval: to publish them again. */
  readonly changesRepository: boolean;
};

/** A decision and its effect on the vetted repository. */
export type DecisionResult = {
  readonly decision: Approval;
  /** The versions that the approval does not cover, because an advisory reports malware. */
  readonly malware: readonly string[];
  /** The denied versions that are in the vetted repository. */
  readonly stillInRepository: readonly string[];
  /** What was archived or published again. */
  readonly repository?: StatusChange | undefined;
};

/** The records and services of a decision. */
export type DecisionPorts = {
  readonly records: Records;
  readonly notes: PolicyNotes;
  readonly userName: string;
  /** Opens a firewall on this machine, which knows whether an advisory reports malware. */
  readonly firewall: () => Promise<FirewallService>;
  readonly now: () => number;
  readonly unique: () => string;
  /** Called with each step, for people. */
  readonly onStep: (text: string) => void;
};

/** The decisions, and the requests that they reopen. */
export type Decided = ReopenResult & { readonly results: readonly DecisionResult[] };

/**
 * Makes decisions: checks all of them, then writes each with its audit entry, and reopens the requests that they affect.
 * Nothing is written if one of them is refused.
 *
 * @throws AwspipError of `expiryOf` and `requireAllowed`; `reason-missing` (64)
 */
export async function makeDecisions(request: DecisionRequest, ports: DecisionPorts): Promise<Decided> {
  const { kind, specs } = request;
  const { records, onStep } = ports;
  const decisions = newDecisions(request, ports);
  const contexts = await readContexts(records, specs);
  const malware = new Map<Spec, readonly string[]>();
  if (kind === 'approve') {
    const { selfApproval } = ports.notes.approvals;
    const rules = { userName: ports.userName, selfApproval, evenMalware: request.evenMalware };
    for (const spec of specs) malware.set(spec, requireAllowed(spec, contextOf(contexts, spec.name), rules));
    if (!request.evenMalware) await requireNoMalware(specs, contexts, ports);
  }
  const actor = await records.actor();
  const results = await mapConcurrently([...specs.entries()], 4, async ([at, spec]): Promise<DecisionResult> => {
    const decision = decisions[at] as Approval;
    const context = contextOf(contexts, spec.name);
    await recordDecision(records, decision, { approvals: context.approvals, actor });
    onStep(`${kind === 'approve' ? 'approved' : 'denied'} ${spec.name}${spec.specifier}`);
    const stillInRepository = kind === 'deny' ? vettedVersions(context, spec) : [];
    const repository = request.changesRepository
      ? await changeRepository(decision, { context, actor, stillInRepository }, ports)
      : undefined;
    const rest = stillInRepository.filter((version) => repository?.changed.includes(version) !== true);
    return { decision, malware: malware.get(spec) ?? [], stillInRepository: rest, repository };
  });
  if (kind === 'approve') onStep('restarting the requests that waited for it');
  const reopened = await reopenRequests(
    records,
    results.map(({ decision }) => decision),
    specs.flatMap((spec) => requestIdsOf(contextOf(contexts, spec.name), spec)),
  );
  return { ...reopened, results };
}

const noContext: DecisionContext = { holds: [], releases: [], approvals: [] };
const contextOf = (contexts: ReadonlyMap<ProjectName, DecisionContext>, name: ProjectName): DecisionContext =>
  contexts.get(name) ?? noContext;

function newDecisions(request: DecisionRequest, { now, unique, userName, notes }: DecisionPorts): readonly Approval[] {
  const { kind, specs, owner, end, evenMalware } = request;
  const at = now();
  const reason = readReason(request.reason);
  const expiresAt = expiryOf(kind, end, notes.approvals, at);
  return specs.map(({ name, specifier }) => ({
    ...{ id: unique().slice(0, 13), name, specifier, kind, reason },
    owner: oneLine(owner ?? userName).slice(0, 100),
    enteredBy: oneLine(userName).slice(0, 100),
    evenMalware: evenMalware ? true : undefined,
    expiresAt,
    createdAt: new Date(at).toISOString(),
  }));
}

/** The most releases without a record of which an approval asks the malware sources. */
const maxAssessed = 20;

/** Asks about pinned releases that the records don't know. Without an answer, the workflow still refuses malware. */
async function requireNoMalware(
  specs: readonly Spec[],
  contexts: ReadonlyMap<ProjectName, DecisionContext>,
  { firewall, onStep }: DecisionPorts,
): Promise<void> {
  const unknown = specs.flatMap((spec) => {
    const version = /^={2,3}([^,*]+)$/.exec(spec.specifier)?.[1]?.trim();
    if (version === undefined) return [];
    const { holds, releases } = contextOf(contexts, spec.name);
    const isKnown = [...holds, ...releases].some((known) => known.version === version);
    return isKnown ? [] : [{ spec, version }];
  });
  if (unknown.length === 0) return;
  onStep('asking for malware advisories');
  const opened = await firewall();
  try {
    for (const { spec, version } of unknown.slice(0, maxAssessed)) {
      const answer = await opened.assess(spec.name, version).catch(() => undefined);
      const reason = answer?.verdict.reasons.find(({ text }) => isMalwareReason(text));
      if (reason !== undefined && answer?.verdict.outcome === 'BLOCKED') throw malwareError(spec, reason.text);
    }
  } finally {
    await opened.close();
  }
}

/** Returns the requests that wait for what a decision covers. */
function requestIdsOf({ holds }: DecisionContext, { specifier }: Spec): readonly string[] {
  const covered = holds.filter(({ version }) => version === null || coversVersion(specifier, version));
  return covered.flatMap(({ requesters }) => requesters.flatMap(({ requestIds }) => requestIds));
}

/** Returns the versions that a decision covers and that are in the vetted repository. A denial does not remove them. */
function vettedVersions({ releases }: DecisionContext, { specifier }: Spec): readonly string[] {
  return releases
    .filter(({ status, wasSecure }) => status === 'SECURE' || wasSecure === true)
    .map(({ version }) => version)
    .filter((version) => coversVersion(specifier, version));
}

/** Archives what a denial covers, or publishes what an approval covers again, with an audit entry. */
async function changeRepository(
  { kind, name, specifier, id }: Approval,
  {
    context,
    actor,
    stillInRepository,
  }: {
    readonly context: DecisionContext;
    readonly actor: AuditActor;
    readonly stillInRepository: readonly string[];
  },
  { records, now, onStep }: DecisionPorts,
): Promise<StatusChange> {
  const covered = context.releases.map(({ version }) => version).filter((version) => coversVersion(specifier, version));
  const versions = kind === 'deny' ? stillInRepository : covered;
  if (versions.length === 0) return { changed: [], failed: {} };
  const [before, after] = kind === 'deny' ? (['Published', 'Archived'] as const) : (['Archived', 'Published'] as const);
  onStep(`${kind === 'deny' ? 'archiving' : 'restoring'} ${name} ${versions.slice(0, 5).join(', ')}`);
  const change = await records.setStatus(name, versions, after);
  if (kind === 'deny') await reopenVetted(records, name, change.changed, now());
  if (change.changed.length > 0) {
    const at = new Date(now()).toISOString();
    const changed = { versions: change.changed };
    await records.putAudit({
      ...{ id: `${id}-r`, at, actor, kind: 'archive', name },
      before: { ...changed, status: before },
      after: { ...changed, status: after },
    });
  }
  return change;
}

/** Maximum number of releases in one decision. */
export const maxSpecs = 500;

/** Returns the releases that a request asked for and that are on hold or blocked. @throws `request-unknown` (64) */
export async function specsOfRequest(
  records: Pick<Records, 'readRequest' | 'holds'>,
  requestId: string,
): Promise<readonly string[]> {
  const [record, { holds }] = await Promise.all([records.readRequest(requestId), records.holds()]);
  const refused = (record?.refusals ?? []).filter(
    ({ fatal, kind }) => fatal && (kind === 'BLOCKED' || kind === 'HELD'),
  );
  const held = holds.filter(({ requesters }) =>
    requesters.some((requester) => requester.requestIds.includes(requestId)),
  );
  const specs = [...refused, ...held].map(({ name, version }) => (version === null ? name : `${name}==${version}`));
  if (specs.length > 0) return [...new Set(specs)];
  throw new AwspipError(
    'request-unknown',
    `no hold or block of request \`${oneLine(requestId).slice(0, 60)}\` is on record`,
    {
      exit: 'usage',
      hint: 'run `awspip holds --json` to see the IDs of requests',
    },
  );
}
