import type { ProjectName } from '../index/types.ts';
import { factFindings } from './fact-gates.ts';
import { gateBase, unknownGate } from './gate-findings.ts';
import { findEntry, isAfter, newestText } from './lists.ts';
import { ownFindings } from './own-gates.ts';
import type { Policy, UnknownGate } from './policy.ts';
import { readTime } from './rules.ts';
import type { Finding, Signals } from './types.ts';
import { unrankedFindings } from './unranked-gates.ts';

/** The result of all gates and lists. */
export type GateFindings = {
  readonly findings: readonly Finding[];
  /** Whether the allow list contains the release. It overrides points and holds, but no gate that blocks. */
  readonly allowed: boolean;
  /** ISO time at which the cooldown ends, if the release is within it. */
  readonly heldUntil: string | undefined;
};

type GateInput = {
  readonly name: ProjectName;
  readonly version: string | null;
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
};

const dayInMilliseconds = 86_400_000;

/** Applies the block and allow lists and all gates of the policy. */
export function applyGates(input: GateInput): GateFindings {
  const { policy, signals } = input;
  const block = listFinding(input, 'block');
  const allow = listFinding(input, 'allow');
  const cooldown = policy.gates.cooldown.days > 0 ? cooldownFinding(input) : undefined;
  const findings = [
    block,
    allow,
    policy.gates.malware.enabled ? malwareFinding(signals, policy.gates.malware.unknown) : undefined,
    policy.gates.quarantined.enabled ? quarantineFinding(signals, policy.gates.quarantined.unknown) : undefined,
    cooldown?.finding,
    newestFinding(input),
    ...factFindings(input),
    ...unrankedFindings(input),
    ...ownFindings(policy.gates.own, input),
  ];
  const isTooNew = findings.some(
    (finding) => finding?.rule === 'newest' && finding.gate === 'hold' && finding.state !== 'quiet',
  );
  return {
    findings: findings.filter((finding) => finding !== undefined),
    allowed: allow !== undefined,
    // The end of the cooldown does not end the hold of a release that is newer than the policy allows.
    heldUntil: isTooNew ? undefined : cooldown?.until,
  };
}

function listFinding(input: GateInput, list: 'block' | 'allow'): Finding | undefined {
  const entry = findEntry(input.policy[list], input, input.now);
  if (entry === undefined) return undefined;
  const title = list === 'block' ? 'Block list' : 'Allow list';
  return {
    rule: `${list}List`,
    text: `${title}: ${entry.reason}`,
    state: 'fired',
    gate: list === 'block' ? 'block' : undefined,
    signal: 'name',
    value: entry,
    source: `policy ${input.policy.name}`,
    fetchedAt: new Date(input.now).toISOString(),
  };
}

/** Puts a release on hold that was uploaded after the newest time of the policy, or at an unknown time. */
function newestFinding({ signals, policy: { newest } }: GateInput): Finding | undefined {
  if (newest === undefined) return undefined;
  const signal = readTime(signals.releasedAt);
  const base = gateBase('newest', 'releasedAt', signal);
  if (!signal.known) return unknownGate(base, 'Upload time', signal.why, signals, holdAll);
  const state = isAfter(signal.value, newest) ? 'fired' : 'quiet';
  return { ...base, text: newestText(newest), state, gate: 'hold', value: signal.value, note: signal.note };
}

const holdAll: UnknownGate = { ranked: 'hold', unranked: 'hold' };

function malwareFinding(signals: Signals, unknown: UnknownGate): Finding {
  const signal = signals.malware;
  const base = gateBase('malware', 'malware', signal);
  if (!signal.known) return unknownGate(base, 'Malware advisories', signal.why, signals, unknown);
  const ids = signal.value;
  if (ids.length === 0) return { ...base, text: 'Known malware', state: 'quiet', gate: 'block', value: ids };
  return { ...base, text: `Known malware: ${ids.slice(0, 5).join(', ')}`, state: 'fired', gate: 'block', value: ids };
}

function quarantineFinding(signals: Signals, unknown: UnknownGate): Finding {
  const signal = signals.projectStatus;
  const base = gateBase('quarantined', 'projectStatus', signal);
  if (!signal.known) return unknownGate(base, 'Project status', signal.why, signals, unknown);
  const state = signal.value === 'quarantined' ? 'fired' : 'quiet';
  return {
    ...base,
    text: 'Project quarantined by its index',
    state,
    gate: 'block',
    value: signal.value,
    note: signal.note,
  };
}

function cooldownFinding({ name, version, signals, policy, now }: GateInput): {
  finding: Finding;
  until: string | undefined;
} {
  const { days, unknown } = policy.gates.cooldown;
  const signal = readTime(signals.releasedAt);
  const base = gateBase('cooldown', 'releasedAt', signal);
  if (!signal.known) {
    return { finding: unknownGate(base, 'Upload time', signal.why, signals, unknown), until: undefined };
  }
  const until = Date.parse(signal.value) + days * dayInMilliseconds;
  const text = `Released less than ${days} ${days === 1 ? 'day' : 'days'} ago`;
  const isRecent = now < until;
  const exception = isRecent ? findEntry(policy.gates.cooldown.except, { name, version }, now) : undefined;
  if (exception !== undefined) {
    const note = `exempt: ${exception.reason}`;
    return { finding: { ...base, text, state: 'quiet', gate: 'hold', value: signal.value, note }, until: undefined };
  }
  const fixes = signals.fixes?.known ? signals.fixes.value : [];
  if (isRecent && fixes.length > 0) {
    const note = `exempt: the smallest release that fixes ${fixes.slice(0, 3).join(', ')}`;
    return { finding: { ...base, text, state: 'quiet', gate: 'hold', value: signal.value, note }, until: undefined };
  }
  return {
    finding: {
      ...base,
      text,
      state: isRecent ? 'fired' : 'quiet',
      gate: 'hold',
      value: signal.value,
      note: signal.note,
    },
    until: isRecent ? isoTime(until) : undefined,
  };
}

const maxDate = 8.64e15;

/** Returns the ISO time. A time beyond the range of Date becomes the maximum date. */
const isoTime = (time: number): string => new Date(Math.min(time, maxDate)).toISOString();
