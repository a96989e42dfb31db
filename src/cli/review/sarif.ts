import { pathToFileURL } from 'node:url';
import { printable } from '../../printable.ts';
import { jsonDocument } from '../json-document.ts';
import { problemCodes } from '../problem-codes.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/**
 * Returns the verdict as SARIF 2.1.0 for code scanning: one result for each release that may not be installed, at the
 * line that requires it.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function vetSarif(
  { findings, exitCode, requestId }: VetResult,
  { version, cwd }: { readonly version: string; readonly cwd: string },
): string {
  const codes = [...new Set(findings.map(({ code }) => code))];
  const rejected = findings.filter(({ refusal }) => refusal !== undefined);
  const failures = findings.filter(({ refusal }) => refusal === undefined);
  const run = {
    tool: {
      driver: {
        name: 'awspip',
        version,
        rules: codes.map((id) => ({ id, shortDescription: { text: problemCodes[id].meaning } })),
      },
    },
    originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(cwd).href.replace(/\/$/, '')}/` } },
    invocations: [
      {
        executionSuccessful: failures.length === 0,
        exitCode,
        toolExecutionNotifications: failures.map(({ message }) => ({
          level: 'error',
          message: { text: printable(message) },
        })),
      },
    ],
    automationDetails: { id: `awspip/${requestId}` },
    results: rejected.map((finding) => resultOf(finding, codes)),
  };
  return jsonDocument({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] });
}

function resultOf({ code, level, subject, message, hint, at, refusal }: VetFinding, codes: readonly string[]) {
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level,
    message: { text: printable(hint === undefined ? message : `${message}. Hint: ${hint}`) },
    locations: at === undefined ? [] : [{ physicalLocation: physicalLocation(at) }],
    // The fingerprint has no line, so that an alert stays the same when its requirement moves.
    partialFingerprints: { 'awspip/v1': `${code}:${subject}` },
    properties: {
      release: subject,
      riskLevel: refusal?.riskLevel,
      score: refusal?.score,
      reasons: refusal?.reasons,
    },
  };
}

function physicalLocation({ file, line }: NonNullable<VetFinding['at']>) {
  const absolute = /^(?:[a-z]:)?[\\/]/i.test(file);
  const uri = absolute
    ? pathToFileURL(file).href
    : encodeURI(file.replaceAll('\\', '/')).replace(/[#?]/g, encodeURIComponent);
  const artifactLocation = absolute ? { uri } : { uri, uriBaseId: 'ROOT' };
  return { artifactLocation, ...(line !== undefined && line > 0 ? { region: { startLine: line } } : {}) };
}
