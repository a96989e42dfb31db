import path from 'node:path';
import { expect, test } from 'vitest';
import { readUserFile } from '../../src/settings/files.ts';
import { stateFolder, userFile } from '../../src/settings/folders.ts';
import { decideMode } from '../../src/settings/mode.ts';
import { type PathFacts, readProjectFile } from '../../src/settings/project-file.ts';
import { resolveSettings } from '../../src/settings/resolve.ts';
import { type Setting, settings } from '../../src/settings/table.ts';
import { isTrusted } from '../../src/settings/trust.ts';
import { withTrusted } from '../../src/settings/trust-store.ts';

const emptyLayers = { flag: {}, environment: {} };
const reader = (files: Record<string, string>) => async (file: string) => files[file];
/** Returns a search in which these files and folders exist and belong to user 1000. */
const search = (files: Record<string, string>, facts: Record<string, Partial<PathFacts>> = {}) => ({
  home: '/home/u',
  userId: 1000,
  examine: async (file: string): Promise<PathFacts | undefined> => {
    const isFile = files[file] !== undefined;
    if (!isFile && path.basename(file).includes('.') && facts[file] === undefined) return undefined;
    return { realPath: file, isFile, size: 1, userId: 1000, groupId: 1000, mode: 0o755, ...facts[file] };
  },
});
const findProject = (folder: string, files: Record<string, string>, facts?: Record<string, Partial<PathFacts>>) =>
  readProjectFile(folder, reader(files), search(files, facts));
const layer = (values: Record<string, string>) => ({ path: '/file', values });

test('the precedence is flag, variable, project file, user file, default', () => {
  const layers = {
    flag: { wait: '1' },
    environment: { AWSPIP_WAIT: '2' },
    project: layer({ wait: '3' }),
    user: layer({ wait: '4' }),
  };
  const order = ['flag', 'environment', 'project', 'user'] as const;
  const waits = order.map((_, first) => {
    const lowerLayers = Object.fromEntries(order.slice(first).map((name) => [name, layers[name]]));
    return resolveSettings({ ...emptyLayers, ...lowerLayers }).values.waitSeconds;
  });
  expect(waits).toEqual([1, 2, 3, 4]);
  expect(resolveSettings(emptyLayers).values.repository).toBe('secure-pypi');
});

const evil = { domain: 'evil', 'domain-owner': '999999999999', wait: '7' };

test.each([
  ['no settings of their own', {}],
  ['a user file', { user: layer({ domain: 'company' }) }],
])('values of a project file that select a repository are not used unless it is trusted: %s', (_, own) => {
  const resolved = resolveSettings({ ...emptyLayers, ...own, project: layer(evil) });
  expect(resolved.values.domain).not.toBe('evil');
  expect(resolved.values).toMatchObject({ domainOwner: undefined, waitSeconds: 7 });
  expect(() => decideMode(resolved, undefined)).toThrow(
    expect.objectContaining({ code: 'project-untrusted', exit: 'configuration' }),
  );
  const trusted = resolveSettings({ ...emptyLayers, ...own, project: { ...layer(evil), trusted: true } });
  expect(trusted.values.domain).toBe('evil');
  expect(decideMode(trusted, undefined)).toBe('aws');
});

test("a project file with the user's own values needs no trust", () => {
  const environment = { AWSPIP_DOMAIN: 'company' };
  const project = layer({ domain: 'company', repository: 'secure-pypi' });
  expect(decideMode(resolveSettings({ ...emptyLayers, environment, project }), 'true')).toBe('aws');
});

test('an option or a variable trusts a project file, but neither a user file nor an unsafe file can be trusted so', () => {
  const environment = { AWSPIP_TRUST_PROJECT: '1' };
  const domain = (project: object) =>
    resolveSettings({ flag: {}, environment, project: { ...layer(evil), ...project } }).values.domain;
  expect([domain({}), domain({ unsafe: 'belongs to another user' })]).toEqual(['evil', undefined]);
  const user = layer({ 'trust-project': 'on' });
  expect(resolveSettings({ ...emptyLayers, user, project: layer(evil) }).values.domain).toBeUndefined();
});

test('the values of a trusted project file are not mixed with another domain of a variable', () => {
  const project = { ...layer(evil), trusted: true };
  expect(() => resolveSettings({ flag: {}, environment: { AWSPIP_DOMAIN: 'company' }, project })).toThrow(
    expect.objectContaining({ code: 'settings-conflict' }),
  );
});

test('a message shows values with their control characters escaped', () => {
  const project = layer({ domain: 'a\u001b[2Jb' });
  expect(() => decideMode(resolveSettings({ ...emptyLayers, project }), undefined)).toThrow('a\\u{1b}[2Jb');
});

test('trust is for one path and its values; other settings may change', () => {
  const trusted = withTrusted({}, { path: '/a', values: evil }, '2026-01-01T00:00:00Z');
  expect([
    isTrusted('/a', { ...evil, wait: '9' }, trusted),
    isTrusted('/moved', evil, trusted),
    isTrusted('/a', { ...evil, repository: 'other' }, trusted),
    isTrusted('constructor', evil, trusted),
  ]).toEqual([true, false, false, false]);
});

test.each([
  ['a checkout', '/w/a/b', { '/w/a/.git': {} }],
  ['the home folder', '/home/u/a', {}],
  ['a shared folder', '/tmp/a', { '/tmp': { userId: 0, mode: 0o1777 } }],
])('the search for the project file ends at %s', async (_, start, facts) => {
  const above = { '/pyproject.toml': '[tool.awspip]\ndomain = "evil"\n' };
  const files = { ...above, '/w/pyproject.toml': above['/pyproject.toml'] };
  expect(await findProject(start, files, facts)).toBeUndefined();
});

test.each([
  ['of another user', { '/w/pyproject.toml': { userId: 1001 } }],
  ['writable by all', { '/w/pyproject.toml': { mode: 0o666 } }],
  ['writable by a group', { '/w/pyproject.toml': { mode: 0o664, groupId: 50 } }],
  ['in a shared folder', { '/w': { userId: 0, mode: 0o1777 } }],
])('a file %s is unsafe', async (_, facts) => {
  const files = { '/w/pyproject.toml': '[tool.awspip]\ndomain = "evil"\n' };
  const project = await findProject('/w/a', files, facts);
  expect(project?.unsafe).toBeDefined();
  expect(() => decideMode(resolveSettings({ ...emptyLayers, project }), undefined)).toThrow(
    expect.objectContaining({ code: 'project-file-unsafe' }),
  );
});

test('an empty variable counts as unset', () => {
  const { values, sources } = resolveSettings({ ...emptyLayers, environment: { AWSPIP_DOMAIN: '' } });
  expect([values.domain, sources.domain]).toEqual([undefined, 'default']);
});

test('AWS_REGION takes precedence over AWS_DEFAULT_REGION', () => {
  const region = (environment: Record<string, string>) =>
    resolveSettings({ ...emptyLayers, environment }).values.region;
  expect(region({ AWS_DEFAULT_REGION: 'eu-west-1' })).toBe('eu-west-1');
  expect(region({ AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'us-east-1' })).toBe('us-east-1');
});

test.each([
  ['AWSPIP_WAIT', '5 minutes'],
  ['AWSPIP_WAIT', '-1'],
  ['AWSPIP_DOMAIN_OWNER', '12'],
  ['AWSPIP_STACK', 'cloud'],
  ['AWSPIP_OSV_URL', 'file:///etc/passwd'],
])('an invalid value is an error that names the source: %s=%s', (variable, raw) => {
  expect(() => resolveSettings({ ...emptyLayers, environment: { [variable]: raw } })).toThrow(
    expect.objectContaining({
      code: 'setting-invalid',
      exit: 'configuration',
      message: expect.stringContaining(variable),
    }),
  );
});

test('the error never contains a secret value', () => {
  const attempt = () => resolveSettings({ ...emptyLayers, environment: { AWSPIP_SLACK_WEBHOOK_URL: 'hunter2' } });
  expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
});

test('keys are unique and in kebab-case, and no two settings read the same variable', () => {
  const all = Object.values(settings) as Setting<unknown>[];
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  expect(all.filter(({ key }) => !/^[a-z]+(-[a-z]+)*$/.test(key))).toEqual([]);
  const variables = all.flatMap((setting) => setting.variables);
  expect(new Set(variables).size).toBe(variables.length);
});

test('the nearest pyproject.toml with a `tool.awspip` table is the project file', async () => {
  const files = {
    '/work/a/pyproject.toml': '[project]\nname = "a"\n',
    '/work/pyproject.toml': '[tool.awspip]\ndomain = "company"\nwait = 60\n[tool.x]\nlarge = 9007199254740993\n',
  };
  expect(await findProject('/work/a/b', files)).toEqual({
    path: path.resolve('/work/pyproject.toml'),
    values: { domain: 'company', wait: '60' },
  });
  expect(await findProject('/elsewhere', files)).toBeUndefined();
});

test.each([
  ['an unknown key', '[tool.awspip]\ndomian = "x"\n', 'domian'],
  ['the source of verdicts', '[tool.awspip]\npolicy = "mine.json"\n', 'policy'],
  ['the interpreter', '[tool.awspip]\npython = "./evil"\n', 'python'],
  ['the local stack', '[tool.awspip]\nstack = "local"\n', 'stack'],
  ['a list', '[tool.awspip]\ndomain = ["a"]\n', 'domain'],
  ['text that is not TOML', '[tool.awspip\n', 'TOML'],
])('a project file must not contain %s', async (_, text, named) => {
  await expect(findProject('/p', { '/p/pyproject.toml': text })).rejects.toMatchObject({
    exit: 'configuration',
    message: expect.stringContaining(named),
  });
});

test.each([
  ['2GB', 2_000_000_000],
  ['1.5 gib', 1_610_612_736],
  ['500MB', 500_000_000],
  ['off', 'off'],
  ['0', 'off'],
  ['2', undefined],
  ['-1GB', undefined],
  ['9999999GB', undefined],
])('the size `%s` is %s', (text, expected) => {
  expect(settings.fileCache.parse(text)).toBe(expected);
});

test('the user file may set anything', async () => {
  const file = await readUserFile('/c', reader({ '/c': 'python = "/usr/bin/python3"\ntoken-cache = false\n' }));
  expect(resolveSettings({ ...emptyLayers, user: file }).values).toMatchObject({
    python: '/usr/bin/python3',
    tokenCache: 'off',
  });
});

test.each([
  ['linux', { XDG_CONFIG_HOME: '/x', XDG_STATE_HOME: '/s' }, '/x/awspip/config.toml', '/s/awspip'],
  ['linux', {}, '/home/u/.config/awspip/config.toml', '/home/u/.local/state/awspip'],
  [
    'darwin',
    {},
    '/home/u/Library/Application Support/awspip/config.toml',
    '/home/u/Library/Application Support/awspip',
  ],
] as const)('%s folders', (platform, environment, file, folder) => {
  const machine = { platform, home: '/home/u', environment };
  expect([userFile(machine), stateFolder(machine)]).toEqual([file, folder]);
});

const mode = (flag: Record<string, string>, ci?: string) => decideMode(resolveSettings({ ...emptyLayers, flag }), ci);

test('a domain anywhere means AWS, also under CI', () => {
  expect([mode({ domain: 'd' }), mode({ domain: 'd' }, 'true')]).toEqual(['aws', 'aws']);
});

test('without a domain, the local stack is the default, but under CI it must be set explicitly', () => {
  expect(mode({})).toBe('local');
  expect(mode({}, 'false')).toBe('local');
  expect(mode({ stack: 'local' }, 'true')).toBe('local');
  expect(() => mode({}, 'true')).toThrow(expect.objectContaining({ exit: 'configuration' }));
});

test('`embedded` is an alias of `local`', () => {
  expect(settings.stack.parse('embedded')).toBe('local');
});

test('a domain with the local stack is an error, and so is AWS without a domain', () => {
  expect(() => mode({ domain: 'd', stack: 'local' })).toThrow(expect.objectContaining({ exit: 'configuration' }));
  expect(() => mode({ stack: 'aws' })).toThrow(expect.objectContaining({ exit: 'configuration' }));
});
