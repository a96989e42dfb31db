import { gateBase, unknownGate } from './gate-findings.ts';
import type { FactGate, Policy } from './policy.ts';
import { readTime } from './rules.ts';
import type { Finding, FurtherSignals, InstallCode, Reach, Signal, Signals, Vulnerability } from './types.ts';

type Judged = {
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** What closes a gate: its words where the fact is so, undefined where it is not. */
type Look<T> = (value: T, judged: Judged) => string | undefined;

type Kind<T> = {
  readonly signal: keyof FurtherSignals | 'projectStatus';
  /** What is unknown while nobody knows. */
  readonly label: string;
  readonly look: Look<T>;
};

const kind = <T>(signal: Kind<T>['signal'], label: string, look: Look<T>): Kind<unknown> => ({
  signal,
  label,
  look: (value, judged) => look(value as T, judged),
});

/** Gates on one fact each, in the order in which people are told. */
const kinds = {
  installCode: kind<readonly InstallCode[]>('installCode', 'Install-time code', installCode),
  newProject: kind<string>('firstReleasedAt', 'First release', describeNewProject),
  vulnerabilities: kind<readonly Vulnerability[]>('vulnerabilities', 'Vulnerabilities', (found) =>
    found.length === 0 ? undefined : `Known vulnerabilities: ${listed(found.map(vulnerabilityText))}`,
  ),
  yanked: kind<boolean | string>('yanked', 'Yanked', (yanked) => {
    if (yanked === false) return undefined;
    return yanked === true ? 'Release yanked' : `Release yanked: ${yanked.slice(0, 200)}`;
  }),
  archivedProject: kind<string>('projectStatus', 'Project status', (status) =>
    status === 'archived' || status === 'deprecated' ? `Project ${status}` : undefined,
  ),
  archivedRepository: kind<boolean>('repositoryArchived', 'Repository archived', (archived) =>
    archived ? 'Repository archived' : undefined,
  ),
  sdistOnly: kind<string>('distributions', 'Kinds of files', (kinds) =>
    kinds === 'sdist' ? 'Release has no wheel: installing it builds it' : undefined,
  ),
  missingRepository: kind<{ state: string }>('repository', 'Repository link', ({ state }) =>
    state === 'missing' ? 'No repository declared' : undefined,
  ),
  mismatchedRepository: kind<{ state: string; declared: string | null }>(
    'repository',
    'Repository link',
    ({ state, declared }) => (state === 'mismatched' ? `Repository ${declared} does not fit the name` : undefined),
  ),
  unattested: kind<boolean>('attested', 'Attestation', (attested) =>
    attested ? undefined : 'No attestation of its publisher',
  ),
} as const;

/** Gates on single facts, those that the policy closes. Unknown facts hold or pass as the policy says. */
export function factFindings(judged: Judged): readonly Finding[] {
  return Object.entries(kinds).flatMap(([rule, one]) => {
    const gate = judged.policy.gates[rule as keyof typeof kinds];
    return gate.enabled ? [factFinding(rule, one, gate, judged)] : [];
  });
}

function factFinding(
  rule: string,
  { signal: key, label, look }: Kind<unknown>,
  gate: FactGate,
  judged: Judged,
): Finding {
  const signal = read(key, judged.signals);
  const base = gateBase(rule, key, signal);
  if (!signal.known) return unknownGate(base, label, signal.why, judged.signals.rank, gate.unknown);
  const fired = look(signal.value, judged);
  // Of a partial list the first release may be older than it says; of a partial look more may be found.
  const undecided = key === 'firstReleasedAt' ? fired !== undefined : fired === undefined;
  if (undecided && signal.lowerBound === true) {
    const why = signal.note ?? 'saw only a part of it';
    return unknownGate(base, label, why, judged.signals.rank, gate.unknown);
  }
  return {
    ...base,
    text: fired ?? label,
    state: fired === undefined ? 'quiet' : 'fired',
    gate: gate.does,
    value: signal.value,
    note: signal.note,
  };
}

/** A record from before a signal was gathered does not have it. */
function read(key: Kind<unknown>['signal'], signals: Signals): Signal<unknown> {
  const signal: Signal<unknown> = signals[key] ?? {
    known: false,
    source: 'the record',
    fetchedAt: signals.projectStatus.fetchedAt,
    why: 'does not hold it',
  };
  return key === 'firstReleasedAt' ? readTime(signal as Signal<string>) : signal;
}

const dayInMilliseconds = 86_400_000;

function describeNewProject(first: string, { policy, now }: Judged): string | undefined {
  const { days } = policy.gates.newProject;
  return now < Date.parse(first) + days * dayInMilliseconds
    ? `First released less than ${days} ${days === 1 ? 'day' : 'days'} ago`
    : undefined;
}

const reachWords: Readonly<Record<Reach, string>> = {
  network: 'reaches for the network',
  shell: 'runs other programs',
  hidden: 'hides what it runs',
  startup: 'runs whenever Python starts',
  'startup-reach': 'runs whenever Python starts, and reaches out',
  'more-than-setup': 'does more than call setup',
};

function installCode(found: readonly InstallCode[], { policy, signals }: Judged): string | undefined {
  const { ranked, unranked } = policy.gates.installCode;
  const closing = found.filter(({ reach }) => (signals.rank === null ? unranked : ranked).includes(reach));
  const texts = closing.map(({ file, reach, word }) => `${file} ${reachWords[reach]} (\`${word}\`)`);
  return texts.length === 0 ? undefined : `Install-time code: ${listed(texts)}`;
}

const vulnerabilityText = ({ id, fixedIn }: Vulnerability): string =>
  fixedIn === null ? id : `${id} (fixed in ${fixedIn})`;

const maxListed = 3;

function listed(texts: readonly string[]): string {
  const rest = texts.length - maxListed;
  return `${texts.slice(0, maxListed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
