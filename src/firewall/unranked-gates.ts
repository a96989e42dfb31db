import { gateBase, unknownGate } from './gate-findings.ts';
import type { Policy } from './policy.ts';
import { readTime } from './rules.ts';
import type { Finding, RepositoryLink, Signal, Signals } from './types.ts';
import { vouchingRelease, vouchingText } from './vouching.ts';

type GateInput = {
  readonly version: string | null;
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
};

const dayInMilliseconds = 86_400_000;

/** Returns the findings of the gates that only concern projects without a rank. */
export function unrankedFindings(input: GateInput): readonly Finding[] {
  const { similarName, freshAndBare } = input.policy.gates;
  return [
    ...(similarName.enabled ? [similarNameFinding(input)] : []),
    ...(freshAndBare.enabled ? [freshAndBareFinding(input)] : []),
  ];
}

function similarNameFinding({ signals, policy, now }: GateInput): Finding {
  const { confidence, does } = policy.gates.similarName;
  const found = signals.similar.filter((candidate) => candidate.confidence >= confidence);
  const [first] = found;
  const vouching = vouchingRelease(signals);
  const fires = first !== undefined && signals.rank === null && vouching === undefined;
  return {
    rule: 'similarName',
    text: first === undefined ? 'Name like a popular one' : `Name like the popular ${first.target}`,
    state: fires ? 'fired' : 'quiet',
    gate: does,
    signal: 'similar',
    value: found,
    source: 'popularity list',
    fetchedAt: new Date(now).toISOString(),
    note: first !== undefined && vouching !== undefined ? `not counted, because ${vouchingText(vouching)}` : undefined,
  };
}

/** A project with more releases than this is not bare, unless they were uploaded in one burst. */
const fewReleases = 3;
const burstDays = 2;
/** A first release has no such version, unless it should be newer than every honest one. Years are above. */
const oddMajor = { min: 90, max: 1_900 };

/**
 * Fires for a project first released lately, without a repository of its own, whose releases show no history: few, in one
 * burst, or with an odd version.
 */
function freshAndBareFinding({ version, signals, policy, now }: GateInput): Finding {
  const gate = policy.gates.freshAndBare;
  const first = readTime(signals.firstReleasedAt ?? unrecorded(signals));
  const link: Signal<RepositoryLink> = signals.repository ?? unrecorded(signals);
  const base = gateBase('freshAndBare', 'firstReleasedAt', first);
  const text = `First released less than ${gate.days} days ago, with no repository of its own and no history`;
  const value = first.known ? first.value : null;
  const quiet = (note?: string): Finding => ({ ...base, text, state: 'quiet', gate: gate.does, value, note });
  const vouching = vouchingRelease(signals);
  if (signals.rank !== null) return quiet('the project is ranked');
  if (vouching !== undefined) return quiet(`not counted, because ${vouchingText(vouching)}`);
  if (first.known && now >= Date.parse(first.value) + gate.days * dayInMilliseconds) return quiet();
  if (link.known && link.value.state === 'fits' && link.value.borrowedFrom === undefined) return quiet();
  const history = hasHistory(version, signals);
  if (history === true) return quiet();
  const unknown =
    [first, link].find((signal) => !signal.known) ?? (first.known && first.lowerBound === true ? first : undefined);
  if (unknown !== undefined || history === undefined) {
    const why = unknown === undefined || unknown.known ? 'has only a part of the data' : unknown.why;
    return unknownGate({ ...base, source: (unknown ?? first).source }, 'History', why, signals, gate.unknown);
  }
  return { ...base, text, state: 'fired', gate: gate.does, value };
}

/** Returns whether the releases show a history; undefined if that is unknown. */
function hasHistory(version: string | null, { versionsCount, firstReleasedAt, lastModified }: Signals) {
  const major = Number(/^v?(\d+)/i.exec(version ?? '')?.[1] ?? 0);
  if (major >= oddMajor.min && major < oddMajor.max) return false;
  if (!versionsCount.known || firstReleasedAt?.known !== true || !lastModified.known) return undefined;
  const days = (Date.parse(lastModified.value) - Date.parse(firstReleasedAt.value)) / dayInMilliseconds;
  return versionsCount.value > fewReleases && days > burstDays;
}

const unrecorded = ({ projectStatus }: Signals): Signal<never> => ({
  known: false,
  source: 'the evidence',
  fetchedAt: projectStatus.fetchedAt,
  why: 'does not contain it (not recorded)',
});
