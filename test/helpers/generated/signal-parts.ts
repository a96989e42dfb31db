import { policyText } from '../../../src/cli/review/policy-text.ts';
import { conditionSignals } from '../../../src/firewall/conditions/signal-table.ts';
import { reachTexts } from '../../../src/firewall/install-code/reach-texts.ts';
import { recommendedPolicy, referencePolicy } from '../../../src/firewall/policy.ts';
import { reachNames } from '../../../src/firewall/types.ts';
import { markdownTable } from '../markdown-table.ts';

/** The signals by name, with the names that conditions have for their parts. */
export function signalNames(): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const [name, { signal }] of Object.entries(conditionSignals)) {
    names.set(signal, [...(names.get(signal) ?? []), name]);
  }
  return names;
}

/** Returns the tables of signals, points and findings, from the code. */
export function signalParts(): [name: string, content: string][] {
  return [
    ['condition names', conditionNameTable()],
    ['recommended points', recommendedPoints()],
    ['findings in code', findingTable()],
  ];
}

function conditionNameTable(): string {
  return markdownTable(
    ['name', 'type', 'signal', 'meaning'],
    Object.entries(conditionSignals).map(([name, { type, signal, meaning }]) => [`\`${name}\``, type, signal, meaning]),
  );
}

/** The rules of the recommended policy as `awspip policy show` prints them. */
function recommendedPoints(): string {
  const lines = policyText(recommendedPolicy).split('\n');
  const rules = lines.slice(lines.indexOf('points') + 1, lines.indexOf('gates') - 1);
  const inReference = referencePolicy.rules.map(({ signal }) => signal);
  return markdownTable(
    ['rule', 'points', 'counts if', 'also in `reference`'],
    recommendedPolicy.rules.map(({ signal }, at) => {
      const [, points = '', text = ''] = /^ *(\S+) {2}(.+)$/.exec(rules[at] ?? '') ?? [];
      return [`\`${signal}\``, points, text, inReference.includes(signal) ? 'yes' : 'no'];
    }),
  );
}

function findingTable(): string {
  const { ranked, unranked } = recommendedPolicy.gates.installCode;
  return markdownTable(
    ['finding', 'the code', 'ranked', 'unranked'],
    reachNames.map((name) => [
      `\`${name}\``,
      reachTexts[name],
      ranked.includes(name) ? 'on hold' : '',
      unranked.includes(name) ? 'on hold' : '',
    ]),
  );
}
