import { expect, test } from 'vitest';
import { restoreIndexTables } from '../../src/installers/index-tables.ts';

const relay = 'http://0123abcd.secure-pypi.invalid/simple/';
const relayTable = `[[tool.uv.index]]\nurl = "${relay}"\ndefault = true\n`;

test('the index table that uv added is removed, with the blank line before it', () => {
  const before = '[project]\nname = "a"\ndependencies = []\n\n[dependency-groups]\ndev = []\n';
  const expected = before.replace('[]\n\n', '[\n    "b",\n]\n\n');
  const after = expected.replace('[dependency-groups]', `${relayTable}\n[dependency-groups]`);
  expect(restoreIndexTables(before, after, relay)).toBe(expected);
  expect(restoreIndexTables(before, `${expected}\n${relayTable}`, relay)).toBe(expected);
});

test('the URL of the default index and the order of the tables are restored', () => {
  const corp = '[[tool.uv.index]]\n# company\nname = "corp"\nurl = "https://corp.example/simple"\ndefault = true\n';
  const extra =
    '[[tool.uv.index]]\nname = "extra"\nurl = "https://extra.example/simple"\nignore-error-codes = [\n  403,\n]\n';
  const before = `[project]\nname = "a"\n\n${extra}\n${corp}\n[tool.other]\nx = 1\n`;
  const changed = corp.replace('https://corp.example/simple', relay);
  const after = `[project]\nname = "a"\n# more\n\n${changed}\n${extra}\n[tool.other]\nx = 1\n`;
  expect(restoreIndexTables(before, after, relay)).toBe(before.replace('"a"\n', '"a"\n# more\n'));
});

test('the tables in the metadata block of a script are restored', () => {
  const before = '# /// script\n# dependencies = []\n# ///\nprint(1)\n';
  const expected = before.replace('[]', '[\n#     "b",\n# ]');
  const block = relayTable.replace(/^(?=.)/gm, '# ');
  expect(restoreIndexTables(before, expected.replace('# ]\n', `# ]\n#\n${block}`), relay)).toBe(expected);
});

test('tables without the relay stay as they are', () => {
  const after = '[[tool.uv.index]]\nurl = "https://corp.example/simple"\n';
  expect(restoreIndexTables('', after, relay)).toBe(after);
  expect(restoreIndexTables(after, '[project]\n', relay)).toBe('[project]\n');
});
