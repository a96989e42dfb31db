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
    flag: { domain: 'flag' },
    environment: { AWSPIP_DOMAIN: 'variable' },
    project: layer({ domain: 'project' }),
    user: layer({ domain: 'user' }),
  };
  const order = ['flag', 'environment', 'project', 'user'] as const;
  const seen = order.map((_, from) => {
    const kept = Object.fromEntries(order.slice(from).map((name) => [name, layers[name]]));
    return resolveSettings({ ...nothing, ...kept }).values.domain;
  });
  expect(seen).toEqual(['flag', 'variable', 'project', 'user']);
  expect(resolveSettings(nothing).values.repository).toBe('secure-pypi');
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
  ['AWSPIP_STACK', 'local'],
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
  ['the embedded stack', '[tool.awspip]\nstack = "embedded"\n', 'stack'],
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

test('without a domain the embedded stack is used on a laptop, and under CI only when asked for by name', () => {
  expect(mode({})).toBe('embedded');
  expect(mode({}, 'false')).toBe('embedded');
  expect(mode({ stack: 'embedded' }, 'true')).toBe('embedded');
  expect(() => mode({}, 'true')).toThrow(expect.objectContaining({ exit: 'configuration' }));
});

test('a domain and the embedded stack together are refused, as is AWS without a domain', () => {
  expect(() => mode({ domain: 'd', stack: 'embedded' })).toThrow(expect.objectContaining({ exit: 'configuration' }));
  expect(() => mode({ stack: 'aws' })).toThrow(expect.objectContaining({ exit: 'configuration' }));
});
