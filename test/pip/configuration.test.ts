import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { configurationFiles, readPipConfiguration, withConfiguration } from '../../src/pip/configuration.ts';
import { parseConfigurationFile } from '../../src/pip/configuration-file.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { upstreamConfiguration } from '../../src/pip/upstream-configuration.ts';

type Variables = Record<string, string>;

function read(environment: Variables, files: Variables = {}, overrides: { verb?: string; platform?: string } = {}) {
  return readPipConfiguration({
    environment,
    home: '/home/me',
    platform: 'linux',
    readFile: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
    ...overrides,
  });
}

const upstream = (environment: Variables, files: Variables = {}) =>
  upstreamConfiguration(read(environment, files), '/work');

describe('configuration files in order of precedence', () => {
  const files = (platform: string, environment: Variables = {}, home = '/home/me', prefix = '/venv') =>
    configurationFiles({ environment, home, platform, prefix, readFile: () => undefined });

  test('on Linux', () => {
    expect(files('linux')).toEqual([
      '/etc/xdg/pip/pip.conf',
      '/etc/pip.conf',
      '/home/me/.pip/pip.conf',
      '/home/me/.config/pip/pip.conf',
      '/venv/pip.conf',
    ]);
    expect(files('linux', { XDG_CONFIG_DIRS: '/a:/b', XDG_CONFIG_HOME: '/x', PIP_CONFIG_FILE: '/named' })).toEqual([
      '/a/pip/pip.conf',
      '/b/pip/pip.conf',
      '/etc/pip.conf',
      '/home/me/.pip/pip.conf',
      '/x/pip/pip.conf',
      '/venv/pip.conf',
      '/named',
    ]);
  });

  test('on macOS', () => {
    expect(files('darwin')).toEqual([
      '/Library/Application Support/pip/pip.conf',
      '/home/me/.pip/pip.conf',
      '/home/me/.config/pip/pip.conf',
      '/venv/pip.conf',
    ]);
  });

  test('on Windows', () => {
    const environment = { APPDATA: 'C:\\me\\Roaming', PROGRAMDATA: 'C:\\ProgramData' };
    expect(files('win32', environment, 'C:\\me', 'C:\\venv')).toEqual([
      'C:\\ProgramData\\pip\\pip.ini',
      'C:\\me\\pip\\pip.ini',
      'C:\\me\\Roaming\\pip\\pip.ini',
      'C:\\venv\\pip.ini',
    ]);
    expect(files('win32', { PIP_CONFIG_FILE: 'nul' })).toEqual([]);
  });
});

describe('a malformed file', () => {
  test.each([
    ['index-url = x', /line 1: it has no section header/],
    ['[global]\nnonsense', /line 2/],
    ['[global]\n= x', /line 2/],
    ['[global]\na = 1\n# c\nA = 2', /line 4: duplicate `a`/],
    ['[global]\n[global]', /line 2: duplicate section \[global\]/],
    ['\0\u0001\u0002', /line 1/],
  ])('%j is rejected with its line', (text, message) => {
    const parse = () => read({}, { '/home/me/.config/pip/pip.conf': text });
    expect(parse).toThrow(AwspipError);
    expect(parse).toThrow(message);
    expect(parse).toThrow('/home/me/.config/pip/pip.conf');
  });

  test('with names of object properties does no harm', () => {
    const text = '[__proto__]\nconstructor = 1\n[global]\n__proto__ = 2\ntoString = 3\nindex-url = https://x/simple\n';
    expect(read({}, { '/etc/pip.conf': text }).indexUrl).toBe('https://x/simple');
  });

  test('with arbitrary text is parsed or rejected', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('[global]', '[DEFAULT]', 'index-url = x', '  more', '# c', '', 'a:b=c'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          parseConfigurationFile(lines.join('\n'), 'pip.conf');
        } catch (error) {
          expect(error).toBeInstanceOf(AwspipError);
        }
      }),
    );
  });

  test('with ten thousand values is parsed within a second', () => {
    const text = `[global]\n${Array.from({ length: 10_000 }, (_, index) => `a${index} = ${'='.repeat(50)}`).join('\n')}`;
    expect(parseConfigurationFile(text, 'pip.conf')).toHaveLength(10_000);
  });
});

describe('the origin of a value', () => {
  test('is recorded for error messages', () => {
    const { options } = read({ PIP_TIMEOUT: '3' }, { '/etc/pip.conf': '[global]\nextra_index_url = https://x\n' });
    expect(options).toEqual([
      { name: '--extra-index-url', value: 'https://x', from: '/etc/pip.conf:2' },
      { name: '--timeout', value: '3', from: 'PIP_TIMEOUT' },
    ]);
  });
});

describe('the command with its configuration', () => {
  test('has the options of both', () => {
    const configuration = read({ PIP_CONSTRAINT: 'c.txt', PIP_NO_BINARY: 'foo', PIP_PRE: '1' });
    const command = parsePipArguments(['install', '-c', 'd.txt', '--only-binary', 'foo', '-r', 'r.txt']);
    expect(withConfiguration(command, configuration)).toMatchObject({
      constraintFiles: ['c.txt', 'd.txt'],
      requirementFiles: ['r.txt'],
      pre: true,
      formatControl: { onlyBinary: ['foo'], noBinary: [] },
    });
  });
});

describe('the upstream', () => {
  test('is PyPI by default', () => {
    expect(upstream({})).toEqual({
      indexUrls: ['https://pypi.org/simple/'],
      findLinks: [],
      timeoutSeconds: 15,
      trustedHosts: [],
    });
  });

  test('is every index and folder, once, with absolute paths', () => {
    const configured = upstream({
      PIP_INDEX_URL: 'https://user:pass@mirror/simple',
      PIP_EXTRA_INDEX_URL: 'https://two/simple/ file:///srv/index ./index https://two/simple',
      PIP_FIND_LINKS: 'wheels ~/wheels https://page/links.html',
    });
    expect(configured.indexUrls).toEqual([
      'https://user:pass@mirror/simple/',
      'https://two/simple/',
      'file:///srv/index/',
      'file:///work/index/',
    ]);
    expect(configured.findLinks).toEqual(['/work/wheels', '/home/me/wheels', 'https://page/links.html']);
  });

  test('has only folders with no-index', () => {
    expect(upstream({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: '/wheels' })).toMatchObject({
      indexUrls: [],
      findLinks: ['/wheels'],
    });
  });

  test("is reached through pip's own proxy regardless of NO_PROXY", () => {
    const { proxy, noProxy } = upstream({ PIP_PROXY: 'corporate:3128', NO_PROXY: '*', https_proxy: 'http://other' });
    expect({ proxy, noProxy }).toEqual({ proxy: 'http://corporate:3128', noProxy: undefined });
  });

  test.each([
    [
      { HTTPS_PROXY: 'http://upper:1', NO_PROXY: 'local' },
      { proxy: 'http://upper:1', noProxy: 'local' },
    ],
    [{ HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' }, { proxy: 'http://lower:1' }],
    [{ HTTPS_PROXY: 'http://upper:1', https_proxy: '' }, {}],
    [{ ALL_PROXY: 'http://all:1' }, { proxy: 'http://all:1' }],
    [{ http_proxy: 'http://plain:1' }, {}],
    [{ http_proxy: 'http://plain:1', PIP_INDEX_URL: 'http://index/simple' }, { proxy: 'http://plain:1' }],
  ] as [Variables, object][])("is reached through the environment's proxy: %j", (environment, expected) => {
    const { proxy, noProxy } = upstream(environment);
    expect({ ...(proxy && { proxy }), ...(noProxy && { noProxy }) }).toEqual(expected);
  });

  test('uses the certificates of pip', () => {
    expect(upstream({ PIP_CERT: 'ca.pem', REQUESTS_CA_BUNDLE: '/other.pem' }).caFile).toBe('/work/ca.pem');
    expect(upstream({ REQUESTS_CA_BUNDLE: '/other.pem', SSL_CERT_FILE: '/third.pem' }).caFile).toBe('/other.pem');
    expect(upstream({ PIP_CLIENT_CERT: '~/me.pem' }).clientCertificate).toBe('/home/me/me.pem');
  });

  test.each(['nonsense', '-3', '0', 'Infinity', '1e999'])("uses pip's default timeout for %s", (timeout) => {
    expect(upstream({ PIP_TIMEOUT: timeout }).timeoutSeconds).toBe(15);
  });
});
