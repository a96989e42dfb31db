import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../documents.ts';
import { markdownTable } from '../markdown-table.ts';
import { schemaKeys } from '../schema-keys.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Returns the fields of the JSON report, from its schema, and a report that a CLI test compares with a real one. */
export function reportParts(): [name: string, content: string][] {
  const keys = schemaKeys(JSON.parse(read('src/cli/report-schema.json')));
  const rows = keys.map(({ path: at, type, required, meaning = '' }) => [
    `\`${at}\``,
    at === 'problems[].code' ? '[failure reason](failure-reasons.md)' : type,
    required ? 'yes' : '',
    meaning,
  ]);
  return [
    ['report fields', markdownTable(['field', 'type', 'always', 'meaning'], rows)],
    ['report example', `\`\`\`json\n${read('test/fixtures/report-blocked.json').trimEnd()}\n\`\`\``],
  ];
}
