import { expect, test } from 'vitest';
import { withIndexTablesOf } from '../../src/installers/index-tables.ts';

const relay = 'http://0123abcd.secure-pypi.invalid/simple/';
const ours = `[[tool.uv.index]]\nurl = "${relay}"\ndefault = true\n`;

test('the index that uv wrote down goes, with the space before it', () => {
  const before = '[project]\nname = "a"\ndependencies = []\n\n[dependency-groups]\ndev = []\n';
  const wrote = before.replace('[]\n\n', '[\n    "b",\n]\n\n');
  const after = wrote.replace('[dependency-groups]', `${ours}\n[dependency-groups]`);
  expect(withIndexTablesOf(before, after, relay)).toBe(wrote);
  expect(withIndexTablesOf(before, `${wrote}\n${ours}`, relay)).toBe(wrote);
});

test('the default index whose address uv changed, and the order of all of them, come back', () => {
  const corp = '[[tool.uv.index]]\n# theirs\nname = "corp"\nurl = "https://corp.example/simple"\ndefault = true\n';
  const extra =
    '[[tool.uv.index]]\nname = "extra"\nurl = "https://extra.example/simple"\nignore-error-codes = [\n  403,\n]\n';
  const before = `[project]\nname = "a"\n\n${extra}\n${corp}\n[tool.other]\nx = 1\n`;
  const changed = corp.replace('https://corp.example/simple', relay);
  const after = `[project]\nname = "a"\n# more\n\n${changed}\n${extra}\n[tool.other]\nx = 1\n`;
  expect(withIndexTablesOf(before, after, relay)).toBe(before.replace('"a"\n', '"a"\n# more\n'));
});

test('a script has its tables in comments', () => {
  const before = '# /// script\n# dependencies = []\n# ///\nprint(1)\n';
  const wrote = before.replace('[]', '[\n#     "b",\n# ]');
  const block = ours.replace(/^(?=.)/gm, '# ');
  expect(withIndexTablesOf(before, wrote.replace('# ]\n', `# ]\n#\n${block}`), relay)).toBe(wrote);
});

test('tables that do not name the relay are the user’s', () => {
  const after = '[[tool.uv.index]]\nurl = "https://corp.example/simple"\n';
  expect(withIndexTablesOf('', after, relay)).toBe(after);
  expect(withIndexTablesOf(after, '[project]\n', relay)).toBe('[project]\n');
});
