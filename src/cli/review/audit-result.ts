import { type ExitReason, exitCodes } from '../../errors.ts';
import { oneLine } from '../../printable.ts';
import type { AuditedPackage } from '../../review/audit.ts';
import type { Audit } from '../../review/audit-environment.ts';
import type { AuditCode, ReadEnvironment } from '../../review/types.ts';
import { hintLines } from '../hint-lines.ts';
import { jsonDocument } from '../json-document.ts';
import { count } from '../messages.ts';
import type { Style } from '../terminal.ts';
import { withLocalTimes } from '../times.ts';
import { type JunitCase, junitDocument } from './junit.ts';
import { type SarifFacts, type SarifFinding, sarifLog } from './sarif.ts';

/** The result of an audit as every format shows it. */
export type AuditResult = Audit & {
  readonly environment: Pick<ReadEnvironment, 'python' | 'prefix'>;
  readonly exitCode: number;
  readonly reason: ExitReason;
};

const held: readonly AuditCode[] = ['on-hold', 'within-cooldown', 'still-vetting'];

/** Returns the exit code of an audit: what may not be installed comes before what is on hold, and both before a silent feed. */
export function auditResult(audit: Audit, { python, prefix }: ReadEnvironment): AuditResult {
  const codes = audit.packages.flatMap(({ findings }) => findings.map(({ code }) => code));
  const reason: ExitReason = codes.some((code) => !held.includes(code))
    ? 'blocked'
    : codes.length > 0
      ? 'held'
      : audit.unanswered.length > 0
        ? 'unavailable'
        : 'ok';
  return { ...audit, environment: { python, prefix }, exitCode: exitCodes[reason].code, reason };
}

const labels: Readonly<Record<AuditCode, string>> = {
  malware: 'malware',
  denied: 'denied',
  blocked: 'blocked',
  'changed-files': 'changed',
  unvetted: 'unvetted',
  'on-hold': 'on hold',
  'within-cooldown': 'on hold',
  'still-vetting': 'pending',
};

/** Returns the audit as people read it. `now` in epoch milliseconds. */
export function auditText({ packages, unanswered, environment }: AuditResult, now: number, style: Style): string {
  const findings = packages.flatMap((audited) => audited.findings);
  const lines = findings.map(({ code, message }) => {
    const colour = held.includes(code) ? style.magenta : style.red;
    return `${colour(labels[code].padEnd(8))}  ${withLocalTimes(oneLine(message), now)}`;
  });
  const silent = unanswered.map((one) => `no answer for ${count(one.packages, 'package')}: ${oneLine(one.why)}`);
  const vetted = packages.filter(({ state }) => state === 'vetted').length;
  const exempt = packages.filter(({ state }) => state === 'exempt').length;
  const sum = `${count(packages.length, 'package')} in ${oneLine(environment.prefix)}: ${vetted} vetted, ${exempt} exempt, ${count(findings.length, 'finding')}`;
  const hints = hintLines(hintsFor(packages), style);
  return `${[...lines, ...silent, sum, ...(hints.length > 0 ? ['', ...hints] : [])].join('\n')}\n`;
}

function hintsFor(packages: readonly AuditedPackage[]): readonly string[] {
  const first = (code: AuditCode) => packages.find(({ state }) => state === code)?.package;
  const [unvetted, bad] = [first('unvetted'), first('malware') ?? first('changed-files')];
  const judged = first('blocked') ?? first('on-hold') ?? first('within-cooldown');
  return [
    ...(bad === undefined ? [] : [`remove \`${bad.name}\` and create the environment again from vetted packages`]),
    ...(unvetted === undefined ? [] : [`vet what is missing: \`awspip vet ${unvetted.name}==${unvetted.version}\``]),
    ...(judged === undefined ? [] : [`for details, run \`awspip explain ${judged.name}==${judged.version}\``]),
  ].slice(0, 2);
}

/** Returns one JSON document. */
export function auditJson(
  { packages, ...rest }: AuditResult,
  facts: { readonly version: string; readonly stack: string },
): string {
  return jsonDocument({
    ...{ schemaVersion: 2, awspipVersion: facts.version, stack: facts.stack },
    ...rest,
    packages: packages.map(({ package: installed, state, record, findings }) => ({
      ...{
        name: installed.name,
        version: installed.version,
        state,
        source: installed.source,
        origin: installed.origin,
      },
      record: record && { status: record.status, updatedAt: record.updatedAt, policyVersion: record.policyVersion },
      findings: findings.map(({ code, message }) => ({ code, message })),
    })),
  });
}

/** Returns SARIF. Every result is at the fallback, because an environment is no file of a checkout. */
export function auditSarif({ packages, unanswered, exitCode }: AuditResult, facts: SarifFacts): string {
  const findings = packages.flatMap((audited) =>
    audited.findings.map(
      ({ code, name, version, message }): SarifFinding => ({
        ...{ rule: code, level: held.includes(code) ? 'warning' : 'error', subject: `${name} ${version}`, message },
      }),
    ),
  );
  const failures = unanswered.map(({ why, packages: number }) => `no answer for ${count(number, 'package')}: ${why}`);
  return sarifLog({ run: 'audit-environment/', exitCode, findings, failures }, facts);
}

/** Returns JUnit XML with a case for every installed release. */
export function auditJunit({ packages, unanswered }: AuditResult): string {
  const cases = packages.map(({ package: { name, version }, state, findings }): JunitCase => {
    const [first] = findings;
    if (first === undefined) {
      const message = 'needs no vetting';
      const exempt = { kind: 'skipped', type: 'exempt', message, details: [] } as const;
      return { name: `${name} ${version}`, outcome: state === 'exempt' ? exempt : undefined };
    }
    const outcome = { kind: 'failure', type: first.code, message: first.message } as const;
    return { name: `${name} ${version}`, outcome: { ...outcome, details: findings.map(({ message }) => message) } };
  });
  const failed = unanswered.map(
    ({ why }): JunitCase => ({
      name: 'feeds',
      outcome: { kind: 'error', type: 'unavailable', message: why, details: [] },
    }),
  );
  return junitDocument('awspip audit-environment', [
    { name: 'awspip audit-environment', cases: [...cases, ...failed] },
  ]);
}
