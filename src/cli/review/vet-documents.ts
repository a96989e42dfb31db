import { parseRequirement } from '../../index/requirement.ts';
import { type JunitCase, type JunitOutcome, type JunitSuite, junitDocument } from './junit.ts';
import { type SarifFacts, type SarifFinding, type SarifLog, sarifLog } from './sarif.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/** Returns the verdict as SARIF: one result for each release that may not be installed, where it is required. */
export function vetSarif(result: VetResult, facts: SarifFacts): string {
  const { exitCode, requestId } = result;
  return sarifLog({ run: `vet/${requestId}`, exitCode, ...sarifParts(result) }, facts);
}

/** Returns the results of one vetting, and why it has none. */
export function sarifParts({ findings, asked }: VetResult): Pick<SarifLog, 'findings' | 'failures'> {
  const rejected = findings.filter(({ refusal }) => refusal !== undefined);
  return {
    findings: rejected.map((finding) => sarifFinding(finding, asked)),
    failures: findings.filter(({ refusal }) => refusal === undefined).map(({ message }) => message),
  };
}

function sarifFinding(finding: VetFinding, asked: VetResult['asked']): SarifFinding {
  const { code, level, subject, message, hint, at, refusal } = finding;
  const text = asked.find(({ file, line }) => at?.line !== undefined && file === at.file && line === at.line)?.text;
  return {
    ...{ level, subject },
    rule: level === 'note' ? 'skipped' : code,
    message: hint === undefined ? message : `${message}. Hint: ${hint}`,
    at: at === undefined ? undefined : { ...at, text },
    properties: { riskLevel: refusal?.riskLevel, score: refusal?.score, reasons: refusal?.reasons },
  };
}

/** Returns JUnit XML: a case for every requirement, and for every other release with a verdict. */
export function vetJunit(result: VetResult): string {
  return junitDocument('awspip vet', [vetSuite('awspip vet', result)]);
}

/**
 * Returns the cases of one vetting. A requirement fails if a release that it needs is blocked or on hold, and is an error
 * if a service failed. Releases that were skipped for an older one are skipped cases.
 */
export function vetSuite(name: string, { findings, asked, releases, requestId }: VetResult): JunitSuite {
  const rest = new Set(findings);
  const requirementNames = new Set<string>();
  const cases = asked.map(({ text }): JunitCase => {
    const project = parseRequirement(text)?.name;
    if (project !== undefined) requirementNames.add(project);
    const isOwn = (refusal: VetFinding['refusal']) => refusal?.name === project || refusal?.neededBy === project;
    const own = findings.filter(({ level, refusal }) => level !== 'note' && refusal !== undefined && isOwn(refusal));
    for (const finding of own) rest.delete(finding);
    if (own.length > 0) return { name: text, outcome: outcomeOf(own) };
    const isVetted = releases.some((release) => release.name === project && release.status === 'SECURE');
    return { name: text, outcome: isVetted ? undefined : undecided(findings) };
  });
  const rejected = new Set(findings.map(({ subject }) => subject));
  const others = releases
    .filter(({ name: project, version, status }) => {
      return status === 'SECURE' && !requirementNames.has(project) && !rejected.has(`${project} ${version}`);
    })
    .map(({ name: project, version }) => ({ name: `${project} ${version}` }));
  // The requirements without a verdict show what failed as a whole.
  const isShown = ({ refusal }: VetFinding) =>
    refusal === undefined && cases.some(({ outcome }) => outcome?.kind === 'error');
  const left = [...rest]
    .filter((finding) => !isShown(finding))
    .map((finding) => ({ name: finding.subject, outcome: outcomeOf([finding]) }));
  return { name, id: requestId, cases: [...cases, ...left, ...others] };
}

/** Returns the outcome of a requirement without a finding and without a vetted release. */
function undecided(findings: readonly VetFinding[]): JunitOutcome | undefined {
  const failures = findings.filter(({ level }) => level !== 'note');
  if (failures.length === 0) return undefined; // For example, its marker excludes this Python.
  const whole = failures.filter(({ refusal }) => refusal === undefined);
  if (whole.length > 0) return outcomeOf(whole);
  const message = 'no verdict, because another requirement may not be installed';
  return { kind: 'skipped', type: 'no-verdict', message, details: [] };
}

function outcomeOf(findings: readonly VetFinding[]): JunitOutcome {
  const kinds = findings.map(kindOf);
  const kind = (['failure', 'error', 'skipped'] as const).find((each) => kinds.includes(each)) ?? 'failure';
  const first = findings[kinds.indexOf(kind)];
  return {
    kind,
    type: kind === 'skipped' ? 'skipped' : (first?.code ?? 'error'),
    message: first?.message ?? '',
    details: findings.flatMap(({ at, message, hint }) => [
      `${at === undefined ? '' : `${at.file}${at.line === undefined ? '' : `:${at.line}`}: `}${message}`,
      ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ]),
  };
}

/** Returns the kind of a finding: `error` if awspip could not reach a verdict. */
function kindOf({ code, refusal, level }: VetFinding): JunitOutcome['kind'] {
  if (level === 'note') return 'skipped';
  return code === 'vetting-failed' || refusal === undefined ? 'error' : 'failure';
}
