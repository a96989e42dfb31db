import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type PipConfiguration, readPipConfiguration, withConfiguration } from '../../../src/pip/configuration.ts';
import { parsePipArguments } from '../../../src/pip/grammar.ts';

/** Lets pip read its configuration in many places, one after the other, in one process. */
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
        return 'refused'
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
  readonly says: string;
  readonly files?: Files;
  readonly environment?: Record<string, string>;
  readonly verb?: string;
  readonly isolated?: boolean;
};

const root = mkdtempSync(join(tmpdir(), 'awspip-configuration-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const everywhere =
  '[global]\nextra-index-url = https://evil/simple\nfind-links = /evil\nno-index = true\n[install]\nextra-index-url = https://worse/simple\n';

const cases: readonly Case[] = [
  { says: 'nothing set is PyPI' },
  {
    says: 'a stronger file wins over a weaker one',
    files: {
      global: '[global]\nindex-url = https://global/simple\ntimeout = 1',
      legacy: '[global]\nindex-url = https://legacy/simple\nretries = 1',
      user: '[global]\nindex-url = https://user/simple',
      site: '[global]\ntimeout = 20',
    },
  },
  { says: 'the legacy file is read', files: { legacy: '[global]\nindex-url = https://legacy/simple' } },
  {
    says: "the verb's section wins over the global one of a stronger file",
    files: {
      global: '[install]\nindex-url = https://install/simple',
      user: '[global]\nindex-url = https://user/simple',
    },
  },
  {
    says: "another verb's section does not count",
    verb: 'download',
    files: { user: '[install]\nindex-url = https://install/simple\n[global]\npre = yes' },
  },
  { says: '`[list]` counts for list', verb: 'list', files: { user: '[list]\nindex-url = https://list/simple' } },
  {
    says: 'variables win over all files',
    files: { global: everywhere, legacy: everywhere, user: everywhere, site: everywhere },
    environment: { PIP_INDEX_URL: 'https://env/simple', PIP_NO_INDEX: '0', PIP_EXTRA_INDEX_URL: 'https://a https://b' },
  },
  {
    says: 'one blank empties what files say',
    files: { global: everywhere, legacy: everywhere, user: everywhere, site: everywhere, named: everywhere },
    environment: { PIP_EXTRA_INDEX_URL: ' ', PIP_FIND_LINKS: ' ', PIP_NO_INDEX: '0' },
  },
  {
    says: 'an empty variable empties nothing',
    files: { user: everywhere },
    environment: { PIP_EXTRA_INDEX_URL: '', PIP_NO_INDEX: '', PIP_INDEX_URL: '' },
  },
  {
    says: 'lower-case names are ignored, mixed-case ones are not',
    environment: { pip_index_url: 'https://lower/simple', PIP_Trusted_Host: 'mixed', Pip_Timeout: '7' },
  },
  { says: 'leading dashes are passed over', environment: { PIP___INDEX_URL: 'https://dashes/simple' } },
  {
    says: 'PIP_CONFIG_FILE stands for the user files, and is the strongest',
    files: {
      global: '[global]\nproxy = http://global:1',
      user: '[global]\npre = true\ncert = /user.pem',
      site: '[global]\nproxy = http://site:1',
      named: '[global]\nproxy = http://named:1',
    },
  },
  {
    says: 'a PIP_CONFIG_FILE that is not there leaves the user files',
    files: { user: '[global]\nproxy = http://user:1' },
    environment: { PIP_CONFIG_FILE: '/nowhere/pip.conf' },
  },
  {
    says: 'PIP_CONFIG_FILE=/dev/null leaves no file at all',
    files: { global: everywhere, user: everywhere, site: everywhere },
    environment: { PIP_CONFIG_FILE: '/dev/null' },
  },
  {
    says: '--isolated leaves neither variables nor user files',
    isolated: true,
    files: {
      global: '[global]\nextra-index-url = https://global/simple',
      user: '[global]\nindex-url = https://user/simple',
      site: '[global]\ntimeout = 3',
    },
    environment: { PIP_PROXY: 'http://env:1' },
  },
  {
    says: 'lists, comments, continuations, colons, defaults, odd spellings',
    files: {
      user:
        '# comment\n; comment\n[DEFAULT]\ntimeout = 9\n[global]\nextra_index_url : https://a/simple\n    https://b/simple\n' +
        '  # inside\n\n    https://c/simple\n--find-links=/one /two\nTrusted-Host = one\n\ttwo\n[install]\nno-deps = ON\n',
    },
  },
  {
    says: 'inputs and formats from variables',
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
  { says: 'an alias in a variable', environment: { PIP_PYPI_URL: 'https://alias/simple' } },
  { says: 'certificates below the home folder', files: { user: '[global]\ncert = ~/ca.pem\nclient-cert = ~/me.pem' } },
  { says: 'a file without a section is refused', files: { user: 'index-url = https://x\n' } },
  { says: 'a line that says nothing is refused', files: { user: '[global]\nindex-url\n' } },
  { says: 'an option said twice is refused', files: { site: '[global]\npre = 1\npre = 0\n' } },
  { says: 'a section opened twice is refused', files: { global: '[global]\npre = 1\n[global]\ntimeout = 3\n' } },
];

describe("our reading and that of this machine's pip agree", () => {
  const places = cases.map(prepare);
  const theirs = readByPip(places);

  test.each(cases.map((wanted, index) => ({ ...wanted, index })))('$says', ({ index, ...wanted }) => {
    expect(ours(wanted, places[index]!)).toEqual(theirs[index]);
  });

  test('and differ from case to case, so that agreeing says something', () => {
    expect(new Set(theirs.map((read) => JSON.stringify(read))).size).toBeGreaterThan(15);
  });
});

type Place = { readonly home: string; readonly prefix: string; readonly environment: Record<string, string> };

function prepare({ files = {}, environment = {} }: Case, index: number): Place {
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
  const all: Record<string, string> = { HOME: home, XDG_CONFIG_DIRS: join(folder, 'xdg') };
  if (files.named !== undefined) all.PIP_CONFIG_FILE = paths.named;
  return { home, prefix, environment: { ...all, ...environment } };
}

function readByPip(places: readonly Place[]): unknown[] {
  const wanted = places.map(({ prefix, environment }, index) => {
    const { verb = 'install', isolated = false } = cases[index]!;
    return { prefix, environment, verb, isolated };
  });
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: JSON.stringify(wanted), encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

function ours({ verb = 'install', isolated = false }: Case, { home, prefix, environment }: Place): unknown {
  let pip: PipConfiguration;
  try {
    pip = readPipConfiguration({ environment, home, platform: process.platform, prefix, readFile, verb, isolated });
  } catch {
    return 'refused';
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
