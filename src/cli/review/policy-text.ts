import { type Policy, policyVersion, type Rule } from '../../firewall/policy.ts';
import { printable } from '../../printable.ts';
import { count } from '../messages.ts';

const labels: Readonly<Record<Rule['signal'], string>> = {
  downloads: 'Downloads',
  stars: 'GitHub stars',
  versionsCount: 'Versions count',
  lastModified: 'Last modified',
  similarNames: 'Name similar to a popular one',
};
const unknowns = {
  interval: 'unknown widens the score',
  counts: 'unknown counts',
  ignored: 'unknown counts nothing',
} as const;

/** A policy as people read it: its rules with points, its gates, its lists. */
export function policyText(policy: Policy): string {
  const { levels, rules, gates, block, allow, internal, protected: guarded } = policy;
  const lines = [
    `policy ${policyVersion(policy)}`,
    `levels: Green below ${levels.yellow}, Yellow from ${levels.yellow}, Red from ${levels.red}`,
    '',
    'points',
    ...rules.map((rule) => `  ${`+${rule.points}`.padStart(5)}  ${ruleText(rule)}`),
    '',
    'gates',
    ...Object.entries(gates).map(([name, gate]) => `  ${name.padEnd(22)}${gateText(gate)}`),
    '',
    'lists',
    ...listLines('block', block),
    ...listLines('allow', allow),
    `  internal: ${names(internal)}`,
    `  protected: ${names(guarded)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** A rule in the words in which it speaks: `Downloads < 300`. */
function ruleText(rule: Rule): string {
  const label = labels[rule.signal];
  if (rule.signal === 'similarNames') return `${label}, confidence from ${rule.confidence}`;
  const unknown = unknowns[rule.unknown];
  if (rule.signal === 'lastModified') return `${label} > ${count(rule.olderThanYears, 'year')} (${unknown})`;
  return `${label} < ${rule.below} (${unknown})`;
}

/** Gates differ in what they know besides; what each has in common is shown, and every number and list with its name. */
function gateText(gate: object): string {
  const { enabled, unknown, days, ...more } = gate as Record<string, unknown>;
  if (enabled === false || days === 0) return 'off';
  const { ranked, unranked } = (unknown ?? {}) as Record<string, string>;
  const facts = Object.entries(more)
    .filter(([, value]) => typeof value !== 'object' || Array.isArray(value))
    .map(([name, value]) => `${name} ${String(value)}`);
  return [
    ...(typeof days === 'number' ? [count(days, 'day')] : ['on']),
    ...facts,
    `unknown: popular projects ${verb(ranked)}, others ${verb(unranked)}`,
  ].join('; ');
}

const verb = (side: string | undefined): string => (side === 'pass' ? 'pass' : 'are held');

function listLines(title: string, entries: Policy['block']): string[] {
  if (entries.length === 0) return [`  ${title}: empty`];
  return entries.map(({ name, versions = '', reason, owner, until }) => {
    const who = [owner, until && `until ${until}`].filter((part) => part !== undefined && part !== '').join(', ');
    return printable(`  ${title}: ${name}${versions}  ${reason}${who === '' ? '' : ` (${who})`}`);
  });
}

const names = (list: readonly string[]): string => (list.length === 0 ? 'empty' : printable(list.join(', ')));
