import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bin, startProcess } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { representatives } from '../helpers/long-form.ts';

const stage = indexWithUser();
beforeAll(() => {
  stage.packageIndex.publish('odd', '1.0', wheel({ name: 'odd', version: '1.0' }));
});

const awspip = `'${process.execPath}' '${bin}'`;

/** Runs a line of bash in the folder of the user. */
function shell(line: string, extra: Record<string, string | undefined> = {}) {
  const environment = { ...stage.user.environment, ...extra };
  return startProcess('bash', ['-c', line], environment, stage.user.folder).ended;
}

function folderWith(name: string, text: string): string {
  const folder = stage.user.path(name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'pyproject.toml'), text);
  return folder;
}

describe('pyproject.toml', () => {
  test('may be a folder', async () => {
    mkdirSync(stage.user.path('folder', 'pyproject.toml'), { recursive: true });
    expect(await shell(`cd folder && ${awspip} freeze`)).toEqual(await shell('cd folder && python3 -m pip freeze'));
  });

  test('with an unknown key is an error for an install, and ignored where pip runs alone', async () => {
    folderWith('newer', '[tool.awspip]\nfrobnicate = true\n');
    expect(await shell(`cd newer && ${awspip} freeze`)).toEqual(await shell('cd newer && python3 -m pip freeze'));
    const installing = await shell(`cd newer && ${awspip} install odd`);
    expect(installing).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('frobnicate') });
  });
});

test('a TMPDIR that does not exist is ignored, as Python does', async () => {
  const ran = await shell(`${awspip} install -q --target t --report - odd`, { TMPDIR: '/no/such/folder' });
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"odd"') });
});

describe('a full disk', () => {
  test.each(representatives([['list'], ['install --target f odd']], () => 'a command'))(
    '%s ends as pip does',
    async (words) => {
      await shell(`${awspip} install --target warm odd`);
      const ours = await shell(`${awspip} ${words} > /dev/full`);
      const theirs = await shell(`python3 -m pip ${words} > /dev/full`);
      expect(ours.exitCode).toBe(theirs.exitCode);
      expect(ours.stderr).not.toMatch(/main\.js|awspip bug/);
    },
  );

  test('for stderr stops nothing', async () => {
    expect((await shell(`${awspip} install --target e odd 2> /dev/full`)).exitCode).toBe(0);
  });

  test('for the output of an own verb is an error without a stack trace', async () => {
    const { exitCode, stderr } = await shell(`${awspip} local status > /dev/full`);
    expect([exitCode, stderr]).toEqual([78, expect.stringContaining('cannot write the output to stdout: ENOSPC')]);
  });
});

test('a working folder that was removed: pip alone runs, an install is an error', async () => {
  const gone = 'mkdir -p gone && cd gone && rmdir ../gone &&';
  expect((await shell(`${gone} ${awspip} list`)).stderr).not.toMatch(/main\.js|Traceback/);
  const installing = await shell(`${gone} ${awspip} install --target ${stage.user.path('g')} odd`);
  expect(installing).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('does not exist any more') });
});

test('a user without an account and without HOME', async ({ skip }) => {
  const as = (line: string) =>
    shell(
      `python3 -c 'import os, sys
os.setgroups([])
os.setgid(54321)
os.setuid(54321)
os.execvp(sys.argv[1], sys.argv[1:])' ${line}`,
      { HOME: undefined, AWSPIP_PYTHON: '/usr/bin/python3' },
    );
  const canRead = await as(`'${process.execPath}' -e 'require("fs").accessSync("${bin}")'`);
  const pip = await as('/usr/bin/python3 -m pip --version');
  if (canRead.exitCode !== 0 || pip.exitCode !== 0) skip('needs root, and files that others can read');
  expect(await as(`${awspip} --version`)).toMatchObject({ exitCode: 0, stdout: pip.stdout });
  // The folder of the test belongs to another user, so neither its project file nor its settings can be read.
  const installing = await as(`env -u XDG_CONFIG_HOME ${awspip} install odd`);
  expect(installing.stderr).toContain('cannot write to the state folder');
  expect((await as(`${awspip} install odd`)).stderr).toMatch(/cannot read .*config\.toml`?: EACCES/);
});
