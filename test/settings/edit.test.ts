import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { withSettings } from '../../src/settings/edit.ts';

const values = { domain: 'new', region: 'eu-west-1' };
const edit = (text: string) => withSettings('pyproject.toml', text, 'tool.awspip', values);
const awspip = (text: string) => (parse(text) as { tool: { awspip: unknown } }).tool.awspip;

test.each([
  ['an empty file', ''],
  ['a file without the table', '[project]\nname = "x"'],
  ['the table in the middle', '[a]\nx = 1\n\n[tool.awspip]\ndomain = "old"\n\n[b]\ny = 2\n'],
  ['the table at the end, indented and with comments', '[a]\n[ tool.awspip ] # ours\n  domain="old" # why\n'],
  ['an array of tables after it', '[tool.awspip]\n[[tool.x]]\na = 1\n'],
])('%s gets the settings, and everything else stays', async (_what, text) => {
  const after = await edit(text);
  expect(awspip(after)).toEqual({ domain: 'new', region: 'eu-west-1' });
  for (const line of text.split('\n').filter((one) => one !== '' && !one.includes('domain'))) {
    expect(after).toContain(line);
  }
  expect(await edit(after)).toBe(after);
});

test('the top of a file without tables is as good', async () => {
  const after = await withSettings('config.toml', '# mine\nwait = 3\n\n[later]\nx = 1\n', undefined, values);
  expect(parse(after)).toEqual({ wait: 3, domain: 'new', region: 'eu-west-1', later: { x: 1 } });
  expect(after.startsWith('# mine\nwait = 3\n')).toBe(true);
});

test.each([
  ['an inline table', '[tool]\nawspip = { domain = "old" }\n'],
  ['dotted keys', 'tool.awspip.domain = "old"\n'],
  ['a text that looks like a table', '[tool.awspip]\nx = """\n[tool.other]\n"""\ndomain = "old"\n'],
  ['no TOML at all', '[tool.awspip\n'],
])('%s is left as it is, with the lines to put there', async (_what, text) => {
  await expect(edit(text)).rejects.toMatchObject({
    code: 'settings-not-written',
    exit: 'configuration',
    hint: expect.stringContaining('domain = "new"'),
  });
});
