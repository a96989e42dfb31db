import { pathToFileURL } from 'node:url';
import { printable } from '../../printable.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/**
 * The decision as SARIF 2.1.0, for code scanning: a result for every release that may not be installed, at the line that
 * asks for it.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function vetSarif(
  { findings, exitCode, requestId }: VetResult,
  { version, cwd }: { readonly version: string; readonly cwd: string },
): string {
  const rules = [...new Set(findings.map(({ code }) => code))];
  const refused = findings.filter(({ refusal }) => refusal !== undefined);
  const failures = findings.filter(({ refusal }) => refusal === undefined);
  const run = {
    tool: {
      driver: {
        name: 'awspip',
        version,
        rules: rules.map((id) => ({
          id,
          shortDescription: { text: `package ${id.replaceAll('-', ' ')}` },
        })),
      },
    },
    originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(cwd).href.replace(/\/$/, '')}/` } },
    invocations: [
      {
        executionSuccessful: failures.length === 0,
        exitCode,
        toolExecutionNotifications: failures.map(({ message }) => ({
          level: 'error',
          message: { text: clean(message) },
        })),
      },
    ],
    automationDetails: { id: `awspip/${requestId}` },
    results: refused.map((finding) => result(finding, rules)),
  };
  const document = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function result({ code, level, subject, message, hint, at, refusal }: VetFinding, rules: readonly string[]) {
  return {
    ruleId: code,
    ruleIndex: rules.indexOf(code),
    level,
    message: { text: clean(hint === undefined ? message : `${message}. ${hint}`) },
    locations: at === undefined ? [] : [{ physicalLocation: physicalLocation(at) }],
    // The same release refused for the same kind of reason is the same alert, wherever the line has moved to.
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

const clean = (text: string): string => printable(text);
