import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { credentialSources } from '../../src/pip/credential-sources.ts';

let bin: string;
const home = '/home/user';
beforeAll(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'awspip-bin-'));
  for (const name of ['python3', 'keyring', 'venv/bin/python']) {
    const file = path.join(bin, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o755);
  }
});
afterAll(() => rmSync(bin, { recursive: true }));

const sources = (options: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) =>
  credentialSources(
    { options: Object.entries(options).map(([name, value]) => ({ name, value, from: 'PIP_X' })) },
    { environment: { PATH: bin, ...environment }, home },
  );

test.each([
  ['are those of the home folder', {}, [`${home}/.netrc`, `${home}/_netrc`]],
  ['are the one that `NETRC` names', { NETRC: '/etc/netrc' }, ['/etc/netrc']],
  ['may be below the home folder', { NETRC: '~/my-netrc' }, [`${home}/my-netrc`]],
  ['are none if `NETRC` is empty', { NETRC: '' }, []],
])('the netrc files %s', (_, environment, expected) => {
  expect(sources({}, environment).netrcFiles).toEqual(expected);
});

describe('the keyring of pip is', () => {
  const [python, command] = [() => path.join(bin, 'python3'), () => path.join(bin, 'keyring')];

  test.each<[string, Readonly<Record<string, string>>, () => unknown]>([
    ['the module or the program by default', {}, () => ({ python: python(), command: command() })],
    ['the module', { '--keyring-provider': 'import' }, () => ({ python: python() })],
    ['the program', { '--keyring-provider': 'subprocess' }, () => ({ command: command() })],
    ['none', { '--keyring-provider': 'disabled' }, () => undefined],
    ['none without input', { '--no-input': '1' }, () => undefined],
    [
      'the chosen one, also without input',
      { '--no-input': '1', '--keyring-provider': 'subprocess' },
      () => ({ command: command() }),
    ],
  ])('%s', (_, options, expected) => {
    expect(sources(options).keyring).toEqual(expected());
  });

  test('that of the active virtual environment', () => {
    const { keyring } = sources({}, { VIRTUAL_ENV: path.join(bin, 'venv') });
    expect(keyring?.python).toBe(path.join(bin, 'venv/bin/python'));
  });

  test('none without an interpreter and a program', () => {
    expect(sources({}, { PATH: '/nowhere' }).keyring).toBeUndefined();
  });
});
