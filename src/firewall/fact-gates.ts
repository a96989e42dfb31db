import { gateBase, unknownGate } from './gate-findings.ts';
import { reachTexts } from './install-code/reach-texts.ts';
import type { FactGate, Policy } from './policy.ts';
import { readTime } from './rules.ts';
import type { Finding, FurtherSignals, InstallCode, RepositoryLink, Signal, Signals, Vulnerability } from './types.ts';
import { vouchingRelease, vouchingText } from './vouching.ts';

type GateInput = {
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** Returns the text of the finding if the gate fires; undefined otherwise. */
type Describe<T> = (value: T, input: GateInput) => string | undefined;

type FactGateDefinition<T> = {
  readonly signal: keyof FurtherSignals | 'projectStatus';
  /** The name of the signal in messages. */
  readonly label: string;
  readonly describe: Describe<T>;
};

const define = <T>(
  signal: FactGateDefinition<T>['signal'],
  label: string,
  describe: Describe<T>,
): FactGateDefinition<unknown> => ({
  signal,
  label,
  describe: (value, input) => describe(value as T, input),
});

/** The gates on one fact each, in the order of the reasons in a verdict. */
const definitions = {
  installCode: define<readonly InstallCode[]>('installCode', 'Install-time code', describeInstallCode),
  newProject: define<string>('firstReleasedAt', 'First release', describeNewProject),
  vulnerabilities: define<readonly Vulnerability[]>('vulnerabilities', 'Vulnerabilities', (vulnerabilities) =>
    vulnerabilities.length === 0
      ? undefined
      : `Known vulnerabilities: ${shortList(vulnerabilities.map(vulnerabilityText))}`,
  ),
  yanked: define<boolean | string>('yanked', 'Yanked', (yanked) => {
    if (yanked === false) return undefined;
    return yanked === true ? 'Release yanked' : `Release yanked: ${yanked.slice(0, 200)}`;
  }),
  archivedProject: define<string>('projectStatus', 'Project status', (status) =>
    status === 'archived' || status === 'deprecated' ? `Project ${status}` : undefined,
  ),
  archivedRepository: define<boolean>('repositoryArchived', 'Repository archived', (archived) =>
    archived ? 'Repository archived' : undefined,
  ),
  sdistOnly: define<string>('distributions', 'Distribution files', (kinds) =>
    kinds === 'sdist' ? 'Release has no wheel, so that its build code runs' : undefined,
  ),
  borrowedRepository: define<RepositoryLink>('repository', 'Repository link', ({ declared, borrowedFrom }) =>
    borrowedFrom === undefined ? undefined : `Repository ${declared} belongs to the popular project ${borrowedFrom}`,
  ),
  missingRepository: define<{ state: string }>('repository', 'Repository link', ({ state }) =>
    state === 'missing' ? 'No repository declared' : undefined,
  ),
  mismatchedRepository: define<{ state: string; declared: string | null }>(
    'repository',
    'Repository link',
    ({ state, declared }) =>
      state === 'mismatched' ? `Repository ${declared} does not fit the project name` : undefined,
  ),
  unattested: define<boolean>('attested', 'Attestation', (attested) =>
    attested ? undefined : 'No publish attestation',
  ),
} as const;

/** Returns the findings of the enabled gates on single facts. */
export function factFindings(input: GateInput): readonly Finding[] {
  return Object.entries(definitions).flatMap(([rule, definition]) => {
    const gate = input.policy.gates[rule as keyof typeof definitions];
    return gate.enabled ? [factFinding(rule, definition, gate, input)] : [];
  });
}

function factFinding(
  rule: string,
  { signal: key, label, describe }: FactGateDefinition<unknown>,
  gate: FactGate,
  input: GateInput,
): Finding {
  const signal = readSignal(key, input.signals);
  const base = gateBase(rule, key, signal);
  const exemption = rule === 'newProject' ? exemptionOf(input.signals) : undefined;
  if (exemption !== undefined) {
    const value = signal.known ? signal.value : null;
    return { ...base, text: label, state: 'quiet', gate: gate.does, value, note: exemption };
  }
  if (!signal.known) return unknownGate(base, label, signal.why, input.signals, gate.unknown);
  const text = describe(signal.value, input);
  // In a partial list, the true first release may be older. In a partial inspection, other files may contain findings.
  const isUndecided = key === 'firstReleasedAt' ? text !== undefined : text === undefined;
  if (isUndecided && signal.lowerBound === true) {
    const why = signal.note ?? 'has only a part of the data';
    return unknownGate(base, label, why, input.signals, gate.unknown);
  }
  return {
    ...base,
    text: text ?? label,
    state: text === undefined ? 'quiet' : 'fired',
    gate: gate.does,
    value: signal.value,
    note: signal.note,
  };
}

/** Returns why the age of a project does not count: it is known anyway. */
function exemptionOf(signals: Signals): string | undefined {
  if (signals.rank !== null) return 'the project is ranked';
  const vouching = vouchingRelease(signals);
  return vouching === undefined ? undefined : `not counted, because ${vouchingText(vouching)}`;
}

/** Returns a signal; an unknown one if it is absent, as in the records of older versions. */
function readSignal(key: FactGateDefinition<unknown>['signal'], signals: Signals): Signal<unknown> {
  const signal: Signal<unknown> = signals[key] ?? {
    known: false,
    source: 'the evidence',
    fetchedAt: signals.projectStatus.fetchedAt,
    why: 'does not contain it (not recorded)',
  };
  return key === 'firstReleasedAt' ? readTime(signal as Signal<string>) : signal;
}

const dayInMilliseconds = 86_400_000;

function describeNewProject(firstReleasedAt: string, { policy, now }: GateInput): string | undefined {
  const { days } = policy.gates.newProject;
  return now < Date.parse(firstReleasedAt) + days * dayInMilliseconds
    ? `First released less than ${days} ${days === 1 ? 'day' : 'days'} ago`
    : undefined;
}

function describeInstallCode(found: readonly InstallCode[], { policy, signals }: GateInput): string | undefined {
  const { ranked, unranked } = policy.gates.installCode;
  const kinds = signals.rank === null ? unranked : ranked;
  const relevant = found.filter(({ reach }) => reach === 'unreadable' || kinds.includes(reach));
  return relevant.length === 0 ? undefined : `Install-time code: ${shortList(relevant.map(codeText))}`;
}

function codeText({ file, reach, line, word }: InstallCode): string {
  if (reach === 'unreadable') return `${file} could not be read completely: it ${word}`;
  const place = line === undefined || line === 0 ? file : `${file}:${line}`;
  return `${place} ${reachTexts[reach]} (\`${word.slice(0, 100)}\`)`;
}

const vulnerabilityText = ({ id, fixedIn }: Vulnerability): string =>
  fixedIn === null ? id : `${id} (fixed in ${fixedIn})`;

const maxListed = 3;

function shortList(texts: readonly string[]): string {
  const omitted = texts.length - maxListed;
  return `${texts.slice(0, maxListed).join(', ')}${omitted > 0 ? ` and ${omitted} more` : ''}`;
}
