import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { insertSettings } from '../../src/settings/insert-settings.ts';

const values = { domain: 'new', region: 'eu-west-1' };
const insert = (text: string) => insertSettings('pyproject.toml', text, 'tool.awspip', values);
const awspipTable = (text: string) => (parse(text) as { tool: { awspip: unknown } }).tool.awspip;

test.each([
  ['an empty file', ''],
  ['a file without the table', '[project]\nname = "x"'],
  ['the table in the middle', '[a]\nx = 1\n\n[tool.awspip]\ndomain = "old"\n\n[b]\ny = 2\n'],
  ['the table at the end, indented and with comments', '[a]\n[ tool.awspip ] # ours\n  domain="old" # why\n'],
  ['an array of tables after it', '[tool.awspip]\n[[tool.x]]\na = 1\n'],
])('%s: the settings are inserted and everything else is unchanged', async (_description, text) => {
  const edited = await insert(text);
  expect(awspipTable(edited)).toEqual({ domain: 'new', region: 'eu-west-1' });
  for (const line of text.split('\n').filter((line) => line !== '' && !line.includes('domain'))) {
    expect(edited).toContain(line);
  }
  expect(await insert(edited)).toBe(edited);
});

test('without a table name, the settings go before the first table', async () => {
  const edited = await insertSettings('config.toml', '# mine\nwait = 3\n\n[later]\nx = 1\n', undefined, values);
  expect(parse(edited)).toEqual({ wait: 3, domain: 'new', region: 'eu-west-1', later: { x: 1 } });
  expect(edited.startsWith('# mine\nwait = 3\n')).toBe(true);
});

test.each([
  ['an inline table', '[tool]\nawspip = { domain = "old" }\n'],
  ['dotted keys', 'tool.awspip.domain = "old"\n'],
  ['a string that contains a table header', '[tool.awspip]\nx = """\n[tool.other]\n"""\ndomain = "old"\n'],
  ['text that is not TOML', '[tool.awspip\n'],
])('%s is an error whose hint lists the lines to add', async (_description, text) => {
  await expect(insert(text)).rejects.toMatchObject({
    code: 'settings-not-written',
    exit: 'configuration',
    hint: expect.stringContaining('domain = "new"'),
  });
});
