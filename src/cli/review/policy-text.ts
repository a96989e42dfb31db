import { pointsText } from '../../firewall/points-text.ts';
import { type BuiltInRule, type OwnGate, type Policy, policyVersion, type Rule } from '../../firewall/policy.ts';
import { oneLine } from '../../printable.ts';
import { count } from '../messages.ts';

const labels: Readonly<Record<BuiltInRule['signal'], string>> = {
  downloads: 'Downloads',
  stars: 'GitHub stars',
  versionsCount: 'Versions count',
  lastModified: 'Last modified',
  similarNames: 'Name similar to a popular one',
  established: 'Versions count',
};
const unknowns = {
  interval: 'unknown widens the score',
  counts: 'unknown counts',
  ignored: 'unknown does not count',
} as const;

/** Returns a policy as people read it: its levels, its rules with points, its gates and its lists. */
export function policyText(policy: Policy): string {
  const { levels, rules, block, allow, ignore, newest, internal, indexes, protected: protectedNames } = policy;
  const { own, ...gates } = policy.gates;
  const lines = [
    `policy ${policyVersion(policy)}`,
    `levels: Green below ${levels.yellow}, Yellow from ${levels.yellow}, Red from ${levels.red}`,
    '',
    'points',
    ...rules.map((rule) => `  ${pointsText(rule.points).padStart(5)}  ${ruleText(rule)}`),
    '',
    'gates',
    ...Object.entries(gates).map(([name, gate]) => `  ${name.padEnd(22)}${gateText(gate)}`),
    ...own.map((gate) => `  ${gate.name.padEnd(22)}${ownGateText(gate)}`),
    ...(newest === undefined ? [] : [`  newest                on; nothing uploaded after ${newest}`]),
    '',
    'lists',
    ...listLines('block', block),
    ...listLines('allow', allow),
    ...listLines('cooldown except', gates.cooldown.except, []),
    ...listLines(
      'ignore',
      ignore.map(({ id, names = [], ...entry }) => ({ ...entry, name: [id, ...names].join(' ') })),
      [],
    ),
    `  internal: ${namesText(internal)}`,
    ...indexes.map(({ url, names }) => `  index ${oneLine(url)}: ${namesText(names)}`),
    `  protected: ${namesText(protectedNames)}`,
    '',
    'people',
    ...peopleLines(policy),
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns whom to ask, what may be approved, and who is notified. */
function peopleLines({ contact, approvals, notify }: Policy): readonly string[] {
  const { days, maxDays, selfApproval } = approvals;
  const lasting = days ?? maxDays;
  const terms = [
    lasting === undefined ? 'no end' : count(lasting, 'day'),
    ...(maxDays === undefined ? [] : [`at most ${count(maxDays, 'day')}`]),
    selfApproval ? 'also of what the approver asked for' : 'not of what the approver asked for',
  ];
  return [
    ...(contact === undefined ? [] : [`  contact: ${oneLine(contact)}`]),
    `  approvals: ${terms.join(', ')}`,
    `  notices: ${notify.on.length === 0 ? 'none' : notify.on.join(', ')}`,
    ...(notify.page === undefined ? [] : [`  page: ${oneLine(notify.page)}`]),
    ...(notify.webhook === undefined ? [] : [`  webhook: ${oneLine(notify.webhook)}`]),
  ];
}

/** Returns a rule as reasons name it: `Downloads < 300`. */
function ruleText(rule: Rule): string {
  if (rule.signal === undefined) return oneLine(`${rule.text}: ${rule.when} (${unknowns[rule.unknown]})`);
  const label = labels[rule.signal];
  if (rule.signal === 'similarNames') return `${label}, confidence from ${rule.confidence}`;
  if (rule.signal === 'established') return `${label} ≥ ${rule.releases} over ${count(rule.years, 'year')}`;
  const unknown = unknowns[rule.unknown];
  if (rule.signal === 'lastModified') return `${label} > ${count(rule.olderThanYears, 'year')} (${unknown})`;
  return `${label} < ${rule.below} (${unknown})`;
}

/** Returns the settings of a gate. Each gate has keys of its own, so numbers and lists are shown with their names. */
function gateText(gate: object): string {
  const { enabled, unknown, days, except: _, ...others } = gate as Record<string, unknown>;
  if (enabled === false || days === 0) return 'off';
  const { ranked, unranked } = (unknown ?? {}) as Record<string, string | undefined>;
  const facts = Object.entries(others)
    .filter(([, value]) => typeof value !== 'object' || Array.isArray(value))
    .map(([name, value]) => `${name} ${String(value)}`);
  return [
    ...(typeof days === 'number' ? [count(days, 'day')] : ['on']),
    ...facts,
    ...(ranked === undefined || unranked === undefined
      ? []
      : [`unknown: popular projects ${effectText(ranked)}, others ${effectText(unranked)}`]),
  ].join('; ');
}

const ownGateText = ({ text, when, does, unknown }: OwnGate): string =>
  oneLine(
    `${does}; ${text}: ${when}; unknown: popular projects ${effectText(unknown.ranked)}, others ${effectText(unknown.unranked)}`,
  );

const effectText = (effect: string | undefined): string => (effect === 'pass' ? 'pass' : 'are on hold');

function listLines(title: string, entries: Policy['block'], empty = [`  ${title}: empty`]): string[] {
  if (entries.length === 0) return empty;
  return entries.map(({ name, versions = '', reason, owner, until }) => {
    const facts = [owner, until && `until ${until}`].filter((fact) => fact !== undefined && fact !== '').join(', ');
    return `  ${title}: ${oneLine(`${name}${versions}  ${reason}${facts === '' ? '' : ` (${facts})`}`)}`;
  });
}

const namesText = (names: readonly string[]): string => (names.length === 0 ? 'empty' : oneLine(names.join(', ')));
