import type { Assessment, Verdict } from '../firewall/types.ts';
import type { Release } from '../index/types.ts';
import { activeApproval } from '../vetting/approvals.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { Approval } from '../vetting/types.ts';
import { amendVerdict } from './approvals.ts';
import { rejectRelease } from './claimed-releases.ts';
import { holdRequests } from './record-holds.ts';
import { verdictFacts, verdictRefusal } from './refusals.ts';

/** The records that the served firewall shares with the workflow. */
type ServedRecords = Pick<VettingStore, 'approvalsOf' | 'claimRelease' | 'advance' | 'putEvidence' | 'recordHold'>;

type ServedDecisions = {
  /** Returns the assessments of one project's releases as people's decisions change them. Never throws. */
  readonly decide: (assessments: readonly Assessment[]) => Promise<readonly Assessment[]>;
  /** Records a refusal for the people who decide, unless the workflow has a record of its own. Never throws. */
  readonly record: (assessment: Assessment) => Promise<void>;
};

type Ports = {
  /** Opens the records. It is called again after a failure. */
  readonly records: () => Promise<ServedRecords>;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  /** Identifies this process in the records. */
  readonly execution: string;
  readonly requestedBy: string;
  /** Resolves after this many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Called with the reason if the records could not be read or written. */
  readonly onFailure: (reason: string) => void;
};

/** A refusal is recorded again after this time. */
const repeatMilliseconds = 3_600_000;
const maxRemembered = 10_000;
/** pip waits 15 seconds for an answer. */
const maxWaitMilliseconds = 5_000;

/** Opens the decisions and holds that the served firewall shares with the workflow. */
export function openServedDecisions(ports: Ports): ServedDecisions {
  const recorded = new Map<string, number>();
  return {
    async decide(assessments) {
      const [first] = assessments;
      if (first === undefined) return [];
      try {
        const reading = ports.records().then((records) => records.approvalsOf(first.name));
        const approvals = await inTime(reading, ports);
        return assessments.map((assessment) => decided(assessment, approvals, ports.now()));
      } catch (error) {
        ports.onFailure(messageOf(error));
        return assessments.map(undecided);
      }
    },
    async record(assessment) {
      const { name, version, verdict } = assessment;
      const key = `${name} ${version} ${verdict.outcome} ${verdict.policyVersion}`;
      if (version === null || ports.now() < (recorded.get(key) ?? 0)) return;
      if (recorded.size >= maxRemembered) recorded.clear();
      recorded.set(key, ports.now() + repeatMilliseconds);
      try {
        const writing = ports.records().then((records) => putRefusal({ ...assessment, version }, records, ports));
        await inTime(writing, ports);
      } catch (error) {
        recorded.delete(key);
        ports.onFailure(messageOf(error));
      }
    },
  };
}

/** Returns the result of `work`; throws after the time limit. The work is not cancelled. */
async function inTime<T>(work: Promise<T>, { sleep }: Pick<Ports, 'sleep'>): Promise<T> {
  const late = sleep(maxWaitMilliseconds).then(() => {
    throw new Error(`the records did not answer within ${maxWaitMilliseconds / 1_000} s`);
  });
  return Promise.race([work, late]);
}

function decided(assessment: Assessment, approvals: readonly Approval[], now: number): Assessment {
  const { version, verdict } = assessment;
  if (version === null) return assessment;
  return { ...assessment, verdict: amendVerdict(verdict, activeApproval(approvals, version, now)) };
}

const undecidedReason = 'Decisions of people unknown: the records could not be read';

/** Puts an allowed release on hold, because a person may have denied it. */
function undecided(assessment: Assessment): Assessment {
  const { verdict } = assessment;
  if (verdict.outcome !== 'ALLOWED') return assessment;
  const held: Verdict = {
    ...verdict,
    outcome: 'HELD',
    level: 'Yellow',
    scope: 'project',
    reasons: [...verdict.reasons, { text: undecidedReason }],
  };
  return { ...assessment, verdict: held };
}

async function putRefusal(
  { name, version, verdict, signals }: Assessment & { readonly version: string },
  store: ServedRecords,
  { now, execution, requestedBy }: Ports,
): Promise<void> {
  const { outcome } = verdict;
  if (outcome === 'ALLOWED') return;
  await recordServed({ name, version }, verdict, store, requestedBy);
  const time = now();
  const claimed = await store.claimRelease({
    release: { name, version },
    execution,
    requestedBy,
    leaseUntil: time + 60_000,
    policyVersion: verdict.policyVersion,
    startedAt: new Date(time).toISOString(),
  });
  if (claimed === undefined) return;
  await store.putEvidence(
    { name, version },
    { verdict, signals, name, version, judgedAt: new Date(time).toISOString() },
  );
  await rejectRelease({ store }, claimed, {
    status: outcome,
    facts: verdictFacts(verdict),
  });
}

/** Adds the refusal to the queue. The served firewall doesn't know who asks, so the one who serves it is the requester. */
async function recordServed(
  release: Release,
  verdict: Verdict,
  store: Pick<ServedRecords, 'recordHold'>,
  requestedBy: string,
): Promise<void> {
  const refusal = verdictRefusal(release, verdict);
  if (refusal === undefined) return;
  const request = { requestId: '', roots: [], requestedBy };
  for (const hold of holdRequests(request, [{ ...refusal, fatal: true }], [])) await store.recordHold(hold);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300);
