import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type PipConfiguration, readPipConfiguration, withConfiguration } from '../../../src/pip/configuration.ts';
import { parsePipArguments } from '../../../src/pip/grammar.ts';

/** Reads pip's configuration on several simulated machines, in one process. */
const script = `
import contextlib, io, json, os, sys
from pip._internal.commands import create_command
def read(wanted):
    sys.prefix = wanted['prefix']
    os.environ.clear()
    os.environ.update(wanted['environment'])
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            options = create_command(wanted['verb'], isolated=wanted['isolated']).parser.get_default_values()
    except SystemExit:
        return 'rejected'
    get = lambda name: getattr(options, name, None)
    control = get('format_control')
    return {
        'indexUrl': get('index_url'), 'extraIndexUrls': get('extra_index_urls') or [], 'findLinks': get('find_links') or [],
        'noIndex': bool(get('no_index')), 'proxy': get('proxy') or '', 'cert': get('cert'), 'clientCert': get('client_cert'),
        'trustedHosts': get('trusted_hosts') or [], 'timeoutSeconds': get('timeout'),
        'upgrade': bool(get('upgrade')), 'pre': bool(get('pre')), 'noDeps': bool(get('ignore_dependencies')),
        'requirements': get('requirements') or [], 'constraints': get('constraints') or [], 'editables': get('editables') or [],
        'noBinary': sorted(control.no_binary) if control else [], 'onlyBinary': sorted(control.only_binary) if control else [],
    }
print(json.dumps([read(wanted) for wanted in json.load(sys.stdin)]))
`;

type Files = Partial<Record<'global' | 'legacy' | 'user' | 'site' | 'named', string>>;
type Case = {
  readonly title: string;
  readonly files?: Files;
  readonly environment?: Record<string, string>;
  readonly verb?: string;
  readonly isolated?: boolean;
};

const root = mkdtempSync(join(tmpdir(), 'awspip-configuration-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hostileFile =
  '[global]\nextra-index-url = https://evil/simple\nfind-links = /evil\nno-index = true\n[install]\nextra-index-url = https://worse/simple\n';

const cases: readonly Case[] = [
  { title: 'nothing set is PyPI' },
  {
    title: 'files override each other by precedence',
    files: {
      global: '[global]\nindex-url = https://global/simple\ntimeout = 1',
      legacy: '[global]\nindex-url = https://legacy/simple\nretries = 1',
      user: '[global]\nindex-url = https://user/simple',
      site: '[global]\ntimeout = 20',
    },
  },
  { title: 'the legacy file is read', files: { legacy: '[global]\nindex-url = https://legacy/simple' } },
  {
    title: "the verb's section overrides the global section of every file",
    files: {
      global: '[install]\nindex-url = https://install/simple',
      user: '[global]\nindex-url = https://user/simple',
    },
  },
  {
    title: "another verb's section does not count",
    verb: 'download',
    files: { user: '[install]\nindex-url = https://install/simple\n[global]\npre = yes' },
  },
  { title: '`[list]` counts for list', verb: 'list', files: { user: '[list]\nindex-url = https://list/simple' } },
  {
    title: 'variables override all files',
    files: { global: hostileFile, legacy: hostileFile, user: hostileFile, site: hostileFile },
    environment: { PIP_INDEX_URL: 'https://env/simple', PIP_NO_INDEX: '0', PIP_EXTRA_INDEX_URL: 'https://a https://b' },
  },
  {
    title: 'a blank overrides the files',
    files: { global: hostileFile, legacy: hostileFile, user: hostileFile, site: hostileFile, named: hostileFile },
    environment: { PIP_EXTRA_INDEX_URL: ' ', PIP_FIND_LINKS: ' ', PIP_NO_INDEX: '0' },
  },
  {
    title: 'an empty variable is ignored',
    files: { user: hostileFile },
    environment: { PIP_EXTRA_INDEX_URL: '', PIP_NO_INDEX: '', PIP_INDEX_URL: '' },
  },
  {
    title: 'lower-case names are ignored, mixed-case ones are not',
    environment: { pip_index_url: 'https://lower/simple', PIP_Trusted_Host: 'mixed', Pip_Timeout: '7' },
  },
  { title: 'leading dashes are ignored', environment: { PIP___INDEX_URL: 'https://dashes/simple' } },
  {
    title: 'PIP_CONFIG_FILE replaces the user files and has the highest precedence',
    files: {
      global: '[global]\nproxy = http://global:1',
      user: '[global]\npre = true\ncert = /user.pem',
      site: '[global]\nproxy = http://site:1',
      named: '[global]\nproxy = http://named:1',
    },
  },
  {
    title: 'a missing PIP_CONFIG_FILE keeps the user files',
    files: { user: '[global]\nproxy = http://user:1' },
    environment: { PIP_CONFIG_FILE: '/nowhere/pip.conf' },
  },
  {
    title: 'PIP_CONFIG_FILE=/dev/null disables all files',
    files: { global: hostileFile, user: hostileFile, site: hostileFile },
    environment: { PIP_CONFIG_FILE: '/dev/null' },
  },
  {
    title: '--isolated disables variables and user files',
    isolated: true,
    files: {
      global: '[global]\nextra-index-url = https://global/simple',
      user: '[global]\nindex-url = https://user/simple',
      site: '[global]\ntimeout = 3',
    },
    environment: { PIP_PROXY: 'http://env:1' },
  },
  {
    title: 'lists, comments, continuations, colons, defaults, odd spellings',
    files: {
      user:
        '# comment\n; comment\n[DEFAULT]\ntimeout = 9\n[global]\nextra_index_url : https://a/simple\n    https://b/simple\n' +
        '  # inside\n\n    https://c/simple\n--find-links=/one /two\nTrusted-Host = one\n\ttwo\n[install]\nno-deps = ON\n',
    },
  },
  {
    title: 'inputs and formats from variables',
    files: { user: '[global]\nno-binary = foo\n[install]\nonly-binary = :all:' },
    environment: {
      PIP_REQUIREMENT: 'a.txt b.txt',
      PIP_CONSTRAINT: 'c.txt',
      PIP_EDITABLE: '.',
      PIP_NO_BINARY: 'Foo_Bar,x',
      PIP_UPGRADE: '1',
      PIP_PRE: 'off',
      PIP_NO_DEPS: 'true',
    },
  },
  { title: 'an alias in a variable', environment: { PIP_PYPI_URL: 'https://alias/simple' } },
  { title: 'certificates below the home folder', files: { user: '[global]\ncert = ~/ca.pem\nclient-cert = ~/me.pem' } },
  { title: 'a file without a section is rejected', files: { user: 'index-url = https://x\n' } },
  { title: 'a line without a value is rejected', files: { user: '[global]\nindex-url\n' } },
  { title: 'a duplicate option is rejected', files: { site: '[global]\npre = 1\npre = 0\n' } },
  { title: 'a duplicate section is rejected', files: { global: '[global]\npre = 1\n[global]\ntimeout = 3\n' } },
];

describe("awspip and the machine's pip read the same configuration", () => {
  const machines = cases.map(prepare);
  const expected = readByPip(machines);

  test.each(cases.map((testCase, index) => ({ ...testCase, index })))('$title', ({ index, ...testCase }) => {
    expect(actual(testCase, machines[index]!)).toEqual(expected[index]);
  });

  test('the cases have different results, so that the comparison is meaningful', () => {
    expect(new Set(expected.map((read) => JSON.stringify(read))).size).toBeGreaterThan(15);
  });
});

type Machine = { readonly home: string; readonly prefix: string; readonly environment: Record<string, string> };

function prepare({ files = {}, environment = {} }: Case, index: number): Machine {
  const folder = join(root, String(index));
  const home = join(folder, 'home');
  const prefix = join(folder, 'prefix');
  const paths: Record<keyof Files, string> = {
    global: join(folder, 'xdg/pip/pip.conf'),
    legacy: join(home, '.pip/pip.conf'),
    user: join(home, '.config/pip/pip.conf'),
    site: join(prefix, 'pip.conf'),
    named: join(folder, 'named.conf'),
  };
  for (const [name, text] of Object.entries(files)) {
    const path = paths[name as keyof Files];
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const variables: Record<string, string> = { HOME: home, XDG_CONFIG_DIRS: join(folder, 'xdg') };
  if (files.named !== undefined) variables.PIP_CONFIG_FILE = paths.named;
  return { home, prefix, environment: { ...variables, ...environment } };
}

function readByPip(machines: readonly Machine[]): unknown[] {
  const testCase = machines.map(({ prefix, environment }, index) => {
    const { verb = 'install', isolated = false } = cases[index]!;
    return { prefix, environment, verb, isolated };
  });
  const { stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(testCase),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

function actual({ verb = 'install', isolated = false }: Case, { home, prefix, environment }: Machine): unknown {
  let pip: PipConfiguration;
  try {
    pip = readPipConfiguration({ environment, home, platform: process.platform, prefix, readFile, verb, isolated });
  } catch {
    return 'rejected';
  }
  const command = withConfiguration(parsePipArguments([verb]), pip);
  return {
    indexUrl: pip.indexUrl ?? 'https://pypi.org/simple',
    extraIndexUrls: pip.extraIndexUrls,
    findLinks: pip.findLinks,
    noIndex: pip.noIndex,
    proxy: pip.proxy ?? '',
    cert: pip.cert ?? null,
    clientCert: pip.clientCert ?? null,
    trustedHosts: pip.trustedHosts,
    timeoutSeconds: pip.timeoutSeconds,
    upgrade: command.upgrade,
    pre: command.pre,
    noDeps: command.noDeps,
    requirements: command.requirementFiles,
    constraints: command.constraintFiles,
    editables: command.editables,
    noBinary: [...command.formatControl.noBinary].sort(),
    onlyBinary: [...command.formatControl.onlyBinary].sort(),
  };
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
