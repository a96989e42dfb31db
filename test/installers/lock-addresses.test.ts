import { expect, test } from 'vitest';
import {
  filesOfRelay,
  fromRelay,
  namesRelay,
  nothingKnown,
  publicIndex,
  towardsRelay,
} from '../../src/installers/lock-addresses.ts';

const relay = 'http://0123abcd.secure-pypi.invalid/simple/';
const sha = 'a'.repeat(64);
const other = 'b'.repeat(64);
const lock = `version = 1

[[package]]
name = "one"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "two", version = "2.0", source = { registry = "https://corp.example/simple" }, marker = "x" },
]
sdist = { url = "https://files.pythonhosted.org/packages/11/one-1.0.tar.gz", hash = "sha256:${sha}", size = 1 }
wheels = [
    { url = "https://files.pythonhosted.org/packages/22/one-1.0+local-py3-none-any.whl", hash = "sha256:${other}" },
]

[[package]]
name = "two"
version = "2.0"
source = { registry = "https://corp.example/simple" }

[[package]]
name = "direct"
version = "1"
source = { url = "https://elsewhere.example/direct.whl" }
wheels = [
    { url = "https://elsewhere.example/direct.whl", hash = "sha256:${sha}" },
]
`;

test('a lock goes to the relay and comes back as it was; what is no index’s stays', () => {
  const { text, memory } = towardsRelay(lock, relay);
  expect(text).not.toContain('pypi.org');
  expect(text).not.toContain('corp.example');
  expect(text).not.toContain('pythonhosted');
  expect(text).toContain(`http://0123abcd.secure-pypi.invalid/files/${'a'.repeat(16)}/one-1.0.tar.gz`);
  expect(text.match(/https:\/\/elsewhere/g)).toHaveLength(2);
  expect(fromRelay(text, relay, { memory, index: 'https://new.example/simple/', files: new Map() })).toBe(lock);
});

test('what the tool added gets the index and the addresses that stand behind the relay', () => {
  const { text, memory } = towardsRelay(lock, relay);
  const added = `${text}
[[package]]
name = "new"
version = "3.0"
source = { registry = "${relay}" }
wheels = [
    { url = "http://0123abcd.secure-pypi.invalid/files/${'c'.repeat(16)}/new-3.0-py3-none-any.whl", hash = "sha256:${'c'.repeat(64)}" },
]
`;
  const key = `${'c'.repeat(16)}/new-3.0-py3-none-any.whl`;
  expect(filesOfRelay(added, relay)).toContain(key);
  const back = fromRelay(added, relay, {
    memory,
    index: 'https://new.example/simple/',
    files: new Map([[key, 'https://new.example/new.whl']]),
  });
  expect(back).not.toContain('secure-pypi');
  expect(back.startsWith(lock)).toBe(true);
  expect(back).toContain('source = { registry = "https://new.example/simple/" }');
  expect(back).toContain('url = "https://new.example/new.whl"');
});

test('an address that nobody knows stays, so that it can be seen', () => {
  const text = `x http://0123abcd.secure-pypi.invalid/files/${'d'.repeat(16)}/x-1.tar.gz`;
  expect(fromRelay(text, relay, { memory: nothingKnown, index: publicIndex, files: new Map() })).toBe(text);
});

test('pip-compile’s head and a Pipfile’s source', () => {
  const head = `# by pip-compile\n--index-url ${relay}\n--trusted-host 0123abcd.secure-pypi.invalid\n\na==1\n`;
  const back = (index: string, text = head) =>
    fromRelay(text, relay, { memory: nothingKnown, index, files: new Map() });
  expect(back(publicIndex)).toBe('# by pip-compile\n\na==1\n');
  expect(back('https://corp.example/simple/')).toBe(
    '# by pip-compile\n--index-url https://corp.example/simple/\n\na==1\n',
  );
  expect(back(publicIndex, 'url = "http://0123abcd.secure-pypi.invalid/simple"')).toBe(
    'url = "https://pypi.org/simple"',
  );
});

test('what a killed run left behind is not remembered as real', () => {
  const left = towardsRelay(lock, 'http://ffffffff.secure-pypi.invalid/simple/').text;
  const { text, memory } = towardsRelay(left, relay);
  expect([...memory.registries, ...memory.files]).toEqual([]);
  expect(text).toBe(towardsRelay(lock, relay).text);
  expect(namesRelay(left)).toBe(true);
});
