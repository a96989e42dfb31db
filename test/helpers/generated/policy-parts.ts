import { recommendedPolicy } from '../../../src/firewall/policy.ts';
import { policyJsonSchema } from '../../../src/firewall/policy-json-schema.ts';
import { markdownTable } from '../markdown-table.ts';
import { type SchemaKey, schemaKeys } from '../schema-keys.ts';

/** Returns the tables of the policy file's keys, from its JSON schema. */
export function policyParts(): [name: string, content: string][] {
  const keys = schemaKeys(policyJsonSchema());
  return [
    ['policy keys', keyTable(keys.filter(({ path }) => !hasTableOfItsOwn(path)))],
    ['policy list entries', keyTable(withoutPrefix(keys, 'allow[].'))],
    ['policy rules', ruleTable(withoutPrefix(keys, 'rules[].'))],
    ['policy gates', gateTable(keys)],
    ['policy gate keys', gateKeyTable(keys)],
    ['policy own gates', keyTable(withoutPrefix(keys, 'gates.own[].').filter(({ path }) => !path.includes('.')))],
  ];
}

/** Whether a key is part of rules, gates or list entries. */
const hasTableOfItsOwn = (path: string): boolean => /^(rules|block|allow)\[\]|^gates[.[]/.test(path);

function withoutPrefix(keys: readonly SchemaKey[], prefix: string): readonly SchemaKey[] {
  return keys
    .filter(({ path }) => path.startsWith(prefix))
    .map((key) => ({ ...key, path: key.path.slice(prefix.length) }));
}

function keyTable(keys: readonly SchemaKey[]): string {
  return markdownTable(
    ['key', 'type', 'default', 'meaning'],
    keys.map((key) => [`\`${key.path}\``, key.type, defaultText(key), key.meaning ?? '']),
  );
}

/** The default of a key. A default with keys of its own is in their rows. */
export function defaultText({ required, fallback }: SchemaKey): string {
  if (required) return 'required';
  if (fallback === undefined) return '';
  if (Array.isArray(fallback)) {
    if (fallback.length === 0) return 'empty';
    return fallback.every((item) => typeof item === 'string')
      ? fallback.map((item) => `\`${item}\``).join(', ')
      : 'see below';
  }
  return typeof fallback === 'object' ? flatText(fallback ?? {}) : `\`${String(fallback)}\``;
}

/** An object of plain values; those of others are in the rows of their keys. */
function flatText(object: object): string {
  const entries = Object.entries(object);
  if (entries.some(([, value]) => typeof value === 'object')) return '';
  return entries.map(([key, value]) => `\`${key}: ${String(value)}\``).join(', ');
}

/** The forms of a rule follow each other in the schema: each begins with `when` or `signal`. */
function ruleTable(keys: readonly SchemaKey[]): string {
  let form = '';
  const rows = keys.map((key) => {
    if (key.path === 'when' || key.path === 'signal') form = key.path === 'when' ? '`when`' : key.type;
    return [form, `\`${key.path}\``, key.type, defaultText(key), key.meaning ?? ''];
  });
  return markdownTable(['rule on', 'key', 'type', 'default', 'meaning'], rows);
}

/** Every gate's own settings; the shared ones are in a table of their own. */
const shared = new Set(['enabled', 'does', 'unknown', 'unknown.ranked', 'unknown.unranked']);

function gateTable(keys: readonly SchemaKey[]): string {
  const gates = keys.filter(({ path }) => /^gates\.\w+$/.test(path));
  const rows = gates.map(({ path, meaning = '' }) => {
    const name = path.slice('gates.'.length);
    const own = withoutPrefix(keys, `${path}.`).filter((key) => !shared.has(key.path) && !/[.[]/.test(key.path));
    return [`\`${name}\``, meaning, recommendedText(name), own.map((key) => `\`${key.path}\``).join(', ')];
  });
  return markdownTable(['gate', 'meaning', '`recommended`', 'keys of its own'], rows);
}

/** What the recommended policy does with a gate. */
export function recommendedText(name: string): string {
  const gate: object = recommendedPolicy.gates[name as keyof typeof recommendedPolicy.gates];
  if (Array.isArray(gate)) return 'none';
  if ('enabled' in gate && gate.enabled === false) return 'off';
  const effect = 'does' in gate ? `${gate.does}s` : name === 'cooldown' ? 'holds' : 'blocks';
  const facts = ['days' in gate ? `${gate.days} days` : '', 'confidence' in gate ? `from ${gate.confidence}` : ''];
  return [effect, ...facts].filter((fact) => fact !== '').join(', ');
}

function gateKeyTable(keys: readonly SchemaKey[]): string {
  const seen = new Set<string>();
  const rows = keys.flatMap((key) => {
    const [, gate = '', name = ''] = /^gates\.(\w+)\.([\w.]+)$/.exec(key.path) ?? [];
    if (name === '' || seen.has(shared.has(name) ? name : `${gate}.${name}`)) return [];
    seen.add(shared.has(name) ? name : `${gate}.${name}`);
    const gates = shared.has(name) ? 'several' : `\`${gate}\``;
    return [[gates, `\`${name}\``, key.type, defaultText(key), key.meaning ?? '']];
  });
  return markdownTable(['gate', 'key', 'type', 'default', 'meaning'], rows);
}
