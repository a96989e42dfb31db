import path from 'node:path';
import { expect, test } from 'vitest';
import { readProjectFile, readUserFile } from '../../src/settings/files.ts';
import { stateFolder, userFile } from '../../src/settings/folders.ts';
import { decideMode } from '../../src/settings/mode.ts';
import { resolveSettings } from '../../src/settings/resolve.ts';
import { type Setting, settings } from '../../src/settings/table.ts';

const nothing = { flag: {}, environment: {} };
const reader = (files: Record<string, string>) => async (file: string) => files[file];
const layer = (values: Record<string, string>) => ({ path: '/file', values });

test('a flag beats a variable, a variable the project file, that the user file, and that the default', () => {
  const layers = {
    flag: { wait: '1' },
    environment: { AWSPIP_WAIT: '2' },
    project: layer({ wait: '3' }),
    user: layer({ wait: '4' }),
  };
  const order = ['flag', 'environment', 'project', 'user'] as const;
  const seen = order.map((_, from) => {
    const kept = Object.fromEntries(order.slice(from).map((name) => [name, layers[name]]));
    return resolveSettings({ ...nothing, ...kept }).values.waitSeconds;
  });
  expect(seen).toEqual([1, 2, 3, 4]);
  expect(resolveSettings(nothing).values.repository).toBe('secure-pypi');
});

test.each([
  ['the user file', { user: layer({ domain: 'company', 'domain-owner': '111111111111' }) }],
  ['a variable', { environment: { AWSPIP_DOMAIN: 'company', AWSPIP_DOMAIN_OWNER: '111111111111' } }],
  ['an option', { flag: { domain: 'company', 'domain-owner': '111111111111' } }],
])('where %s names the domain, a project cannot lead to another repository', (_where, own) => {
  const resolve = (project: Record<string, string>) => resolveSettings({ ...nothing, ...own, project: layer(project) });
  const conflict = expect.objectContaining({ code: 'settings-conflict', exit: 'configuration' });
  expect(() => resolve({ repository: 'pypi-store' })).toThrow(conflict);
  expect(
    resolve({ domain: 'company', 'domain-owner': '111111111111', repository: 'secure-pypi', wait: '7' }).values,
  ).toMatchObject({
    domain: 'company',
    waitSeconds: 7,
  });
});

test('a project that names another domain than the user file is refused by name; alone, it names all of it', () => {
  const project = layer({ domain: 'evil', 'domain-owner': '999999999999', repository: 'evil' });
  const attempt = () => resolveSettings({ ...nothing, project, user: layer({ domain: 'company' }) });
  expect(attempt).toThrow(/`domain` in \/file is `evil`, and yours is `company`/);
  const owner = () =>
    resolveSettings({
      ...nothing,
      project: layer({ 'domain-owner': '999999999999' }),
      user: layer({ domain: 'company' }),
    });
  expect(owner).toThrow(/you name none/);
  expect(resolveSettings({ ...nothing, project }).values).toMatchObject({ domain: 'evil', repository: 'evil' });
});

test('an empty variable is an unset one', () => {
  const { values, sources } = resolveSettings({ ...nothing, environment: { AWSPIP_DOMAIN: '' } });
  expect([values.domain, sources.domain]).toEqual([undefined, 'default']);
});

test('AWS_DEFAULT_REGION is honoured, after AWS_REGION', () => {
  const region = (environment: Record<string, string>) => resolveSettings({ ...nothing, environment }).values.region;
  expect(region({ AWS_DEFAULT_REGION: 'eu-west-1' })).toBe('eu-west-1');
  expect(region({ AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'us-east-1' })).toBe('us-east-1');
});

test.each([
  ['AWSPIP_WAIT', '5 minutes'],
  ['AWSPIP_WAIT', '-1'],
  ['AWSPIP_DOMAIN_OWNER', '12'],
  ['AWSPIP_STACK', 'cloud'],
  ['AWSPIP_OSV_URL', 'file:///etc/passwd'],
])('a bad value is refused with its place: %s=%s', (variable, raw) => {
  expect(() => resolveSettings({ ...nothing, environment: { [variable]: raw } })).toThrow(
    expect.objectContaining({
      code: 'setting-invalid',
      exit: 'configuration',
      message: expect.stringContaining(variable),
    }),
  );
});

test('a secret value is never part of the error', () => {
  const attempt = () => resolveSettings({ ...nothing, environment: { AWSPIP_SLACK_WEBHOOK_URL: 'hunter2' } });
  expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
});

test('keys are unique, in kebab-case, and every variable is read by one setting only', () => {
  const all = Object.values(settings) as Setting<unknown>[];
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  expect(all.filter(({ key }) => !/^[a-z]+(-[a-z]+)*$/.test(key))).toEqual([]);
  const variables = all.flatMap((setting) => setting.variables);
  expect(new Set(variables).size).toBe(variables.length);
});

test('the nearest pyproject.toml with a table of ours is the project file', async () => {
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
  ['a key that is no setting', '[tool.awspip]\ndomian = "x"\n', 'domian'],
  ['where verdicts come from', '[tool.awspip]\npolicy = "mine.json"\n', 'policy'],
  ['which interpreter runs', '[tool.awspip]\npython = "./evil"\n', 'python'],
  ['the local stack', '[tool.awspip]\nstack = "local"\n', 'stack'],
  ['a list', '[tool.awspip]\ndomain = ["a"]\n', 'domain'],
  ['no TOML', '[tool.awspip\n', 'TOML'],
])('a project file must not say %s', async (_, text, named) => {
  await expect(readProjectFile('/p', reader({ '/p/pyproject.toml': text }))).rejects.toMatchObject({
    exit: 'configuration',
    message: expect.stringContaining(named),
  });
});

test('the user file may set anything', async () => {
  const file = await readUserFile('/c', reader({ '/c': 'python = "/usr/bin/python3"\ntoken-cache = false\n' }));
  expect(resolveSettings({ ...nothing, user: file }).values).toMatchObject({
    python: '/usr/bin/python3',
    tokenCache: false,
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

const mode = (flag: Record<string, string>, ci?: string) => decideMode(resolveSettings({ ...nothing, flag }), ci);

test('a domain anywhere means AWS, also under CI', () => {
  expect([mode({ domain: 'd' }), mode({ domain: 'd' }, 'true')]).toEqual(['aws', 'aws']);
});

test('without a domain the local stack is used on a laptop, and under CI only when asked for by name', () => {
  expect(mode({})).toBe('local');
  expect(mode({}, 'false')).toBe('local');
  expect(mode({ stack: 'local' }, 'true')).toBe('local');
  expect(() => mode({}, 'true')).toThrow(expect.objectContaining({ exit: 'configuration' }));
});

test('the older name of the local stack means the same', () => {
  expect(settings.stack.parse('embedded')).toBe('local');
});

test('a domain and the local stack together are refused, as is AWS without a domain', () => {
  expect(() => mode({ domain: 'd', stack: 'local' })).toThrow(expect.objectContaining({ exit: 'configuration' }));
  expect(() => mode({ stack: 'aws' })).toThrow(expect.objectContaining({ exit: 'configuration' }));
});
