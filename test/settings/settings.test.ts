import path from 'node:path';
import { expect, test } from 'vitest';
import { readProjectFile, readUserFile } from '../../src/settings/files.ts';
import { stateFolder, userFile } from '../../src/settings/folders.ts';
import { decideMode } from '../../src/settings/mode.ts';
import { resolveSettings } from '../../src/settings/resolve.ts';
import { type Setting, settings } from '../../src/settings/table.ts';

const emptyLayers = { flag: {}, environment: {} };
const reader = (files: Record<string, string>) => async (file: string) => files[file];
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

test.each([
  ['the user file', { user: layer({ domain: 'company', 'domain-owner': '111111111111' }) }],
  ['a variable', { environment: { AWSPIP_DOMAIN: 'company', AWSPIP_DOMAIN_OWNER: '111111111111' } }],
  ['an option', { flag: { domain: 'company', 'domain-owner': '111111111111' } }],
])('if %s sets the domain, a project cannot select another repository', (_source, userLayers) => {
  const resolve = (project: Record<string, string>) =>
    resolveSettings({ ...emptyLayers, ...userLayers, project: layer(project) });
  const conflict = expect.objectContaining({ code: 'settings-conflict', exit: 'configuration' });
  expect(() => resolve({ repository: 'pypi-store' })).toThrow(conflict);
  expect(
    resolve({ domain: 'company', 'domain-owner': '111111111111', repository: 'secure-pypi', wait: '7' }).values,
  ).toMatchObject({
    domain: 'company',
    waitSeconds: 7,
  });
});

test('a project that sets another domain than the user file is an error; without a user file, the project decides', () => {
  const project = layer({ domain: 'evil', 'domain-owner': '999999999999', repository: 'evil' });
  const attempt = () => resolveSettings({ ...emptyLayers, project, user: layer({ domain: 'company' }) });
  expect(attempt).toThrow(/`domain` in \/file is `evil`, but your settings say `company`/);
  const owner = () =>
    resolveSettings({
      ...emptyLayers,
      project: layer({ 'domain-owner': '999999999999' }),
      user: layer({ domain: 'company' }),
    });
  expect(owner).toThrow(/your settings have no value for it/);
  expect(resolveSettings({ ...emptyLayers, project }).values).toMatchObject({ domain: 'evil', repository: 'evil' });
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
  const read = reader({
    '/work/a/pyproject.toml': '[project]\nname = "a"\n',
    '/work/pyproject.toml': '[tool.awspip]\ndomain = "company"\nwait = 60\n[tool.x]\nlarge = 9007199254740993\n',
  });
  expect(await readProjectFile('/work/a/b', read)).toEqual({
    path: path.resolve('/work/pyproject.toml'),
    values: { domain: 'company', wait: '60' },
  });
  expect(await readProjectFile('/elsewhere', read)).toBeUndefined();
});

test.each([
  ['an unknown key', '[tool.awspip]\ndomian = "x"\n', 'domian'],
  ['the source of verdicts', '[tool.awspip]\npolicy = "mine.json"\n', 'policy'],
  ['the interpreter', '[tool.awspip]\npython = "./evil"\n', 'python'],
  ['the local stack', '[tool.awspip]\nstack = "local"\n', 'stack'],
  ['a list', '[tool.awspip]\ndomain = ["a"]\n', 'domain'],
  ['text that is not TOML', '[tool.awspip\n', 'TOML'],
])('a project file must not contain %s', async (_, text, named) => {
  await expect(readProjectFile('/p', reader({ '/p/pyproject.toml': text }))).rejects.toMatchObject({
    exit: 'configuration',
    message: expect.stringContaining(named),
  });
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
