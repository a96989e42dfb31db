import { expect, test } from 'vitest';
import {
  emptyLockUrls,
  mentionsRelay,
  publicIndex,
  redirectToRelay,
  relayFileKeys,
  restoreUrls,
} from '../../src/installers/lock-urls.ts';

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

test('the URLs of a lock are redirected and restored, and direct URLs stay', () => {
  const { text, original } = redirectToRelay(lock, relay);
  expect(text).not.toContain('pypi.org');
  expect(text).not.toContain('corp.example');
  expect(text).not.toContain('pythonhosted');
  expect(text).toContain(`http://0123abcd.secure-pypi.invalid/files/${'a'.repeat(16)}/one-1.0.tar.gz`);
  expect(text.match(/https:\/\/elsewhere/g)).toHaveLength(2);
  expect(restoreUrls(text, relay, { original, index: 'https://new.example/simple/', files: new Map() })).toBe(lock);
});

test('packages that the installer added get the real index and the real URLs', () => {
  const { text, original } = redirectToRelay(lock, relay);
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
  expect(relayFileKeys(added, relay)).toContain(key);
  const restored = restoreUrls(added, relay, {
    original,
    index: 'https://new.example/simple/',
    files: new Map([[key, 'https://new.example/new.whl']]),
  });
  expect(restored).not.toContain('secure-pypi');
  expect(restored.startsWith(lock)).toBe(true);
  expect(restored).toContain('source = { registry = "https://new.example/simple/" }');
  expect(restored).toContain('url = "https://new.example/new.whl"');
});

test('the relay URL of an unknown file stays, so that the caller can detect it', () => {
  const text = `x http://0123abcd.secure-pypi.invalid/files/${'d'.repeat(16)}/x-1.tar.gz`;
  expect(restoreUrls(text, relay, { original: emptyLockUrls, index: publicIndex, files: new Map() })).toBe(text);
});

test('the header of pip-compile and the source of a Pipfile are restored', () => {
  const head = `# by pip-compile\n--index-url ${relay}\n--trusted-host 0123abcd.secure-pypi.invalid\n\na==1\n`;
  const restore = (index: string, text = head) =>
    restoreUrls(text, relay, { original: emptyLockUrls, index, files: new Map() });
  expect(restore(publicIndex)).toBe('# by pip-compile\n\na==1\n');
  expect(restore('https://corp.example/simple/')).toBe(
    '# by pip-compile\n--index-url https://corp.example/simple/\n\na==1\n',
  );
  expect(restore(publicIndex, 'url = "http://0123abcd.secure-pypi.invalid/simple"')).toBe(
    'url = "https://pypi.org/simple"',
  );
});

test('relay URLs that a killed run left are not recorded as original', () => {
  const stale = redirectToRelay(lock, 'http://ffffffff.secure-pypi.invalid/simple/').text;
  const { text, original } = redirectToRelay(stale, relay);
  expect([...original.registries, ...original.files]).toEqual([]);
  expect(text).toBe(redirectToRelay(lock, relay).text);
  expect(mentionsRelay(stale)).toBe(true);
});
