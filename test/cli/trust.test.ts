import { chmod, chown, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startNode } from '../helpers/awspip.ts';
import { onTerminal } from '../helpers/terminal.ts';
import { listen } from '../relay/repository-double.ts';

/** A checked-out project file never chooses whom to trust. The server is AWS, and records who asked for which domain. */
let aws: Awaited<ReturnType<typeof listen>>;
let asked: string[] = [];
let user: Sandbox;
let project: string;
let attackersFile: string;

const attackersText = '[project]\nname = "demo"\n\n[tool.awspip]\ndomain = "attacker"\ndomain-owner = "999999999999"\n';
const trustStore = () => user.path('config/awspip/trusted-projects.json');

beforeAll(async () => {
  aws = await listen((request, response) => {
    asked.push(new URL(request.url ?? '/', 'http://aws').searchParams.get('domain') ?? '');
    const error = JSON.stringify({ __type: 'AccessDeniedException', message: 'not allowed' });
    response.writeHead(403, { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' });
    response.end(error);
  });
  user = await sandbox({
    ...{ AWSPIP_STACK: '', AWS_ENDPOINT_URL: aws.origin, AWS_REGION: 'eu-west-1', AWS_MAX_ATTEMPTS: '1' },
    ...{ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' },
  });
});
afterAll(async () => {
  await user.remove();
  await aws.close();
});

beforeEach(async () => {
  asked = [];
  project = user.path('work/checkout');
  attackersFile = `${project}/pyproject.toml`;
  await rm(user.path('work'), { recursive: true, force: true });
  await rm(trustStore(), { force: true });
  await mkdir(`${project}/src`, { recursive: true });
  await writeFile(attackersFile, attackersText);
});

const runIn = (folder: string, argv: readonly string[], extra: Record<string, string> = {}) =>
  startNode([bin, ...argv], { ...user.environment, ...extra }, folder).ended;
const download = (folder: string, extra?: Record<string, string>) =>
  runIn(folder, ['download', '--no-deps', 'demo-package'], extra);

describe('without trust', () => {
  test.each([
    ['install', ['install', 'demo-package']],
    ['exec', ['exec', '--', 'python3', '-c', 'print("ran")']],
    ['vet', ['vet', 'demo-package']],
    ['status', ['status']],
  ])('%s ends with 78, names the file and its values, and no one is asked', async (_, argv) => {
    const ran = await runIn(`${project}/src`, argv);
    expect(ran.exitCode, ran.stderr).toBe(78);
    expect(ran.stderr).toContain(`${attackersFile} is not trusted, and it sets: domain = "attacker"`);
    expect(ran.stderr).toContain('awspip trust');
    expect([asked, ran.stdout]).toEqual([[], '']);
  });

  test("the user's own domain is used, and the file can't replace its owner", async () => {
    const ran = await download(project, { AWSPIP_DOMAIN: 'company' });
    expect([ran.exitCode, asked]).toEqual([78, []]);
    const owner = { AWSPIP_DOMAIN: 'company', AWSPIP_DOMAIN_OWNER: '123456789012' };
    expect((await download(project, owner)).exitCode).toBe(77);
    expect(new Set(asked)).toEqual(new Set(['company']));
  });

  test('commands that use no repository work', async () => {
    expect((await runIn(project, ['list'])).exitCode).toBe(0);
    expect((await runIn(project, ['help', 'settings'])).exitCode).toBe(0);
  });
});

describe('with trust', () => {
  test('`awspip trust` shows the values and asks only on a terminal; `--yes` accepts them, and a change asks again', async () => {
    const refused = await runIn(project, ['trust']);
    expect([refused.exitCode, refused.stdout]).toEqual([
      78,
      `${attackersFile}\n  domain = "attacker"\n  domain-owner = "999999999999"\n`,
    ]);
    expect((await runIn(project, ['trust', '--yes'])).stdout).toContain('trusted\n');
    expect((await stat(trustStore())).mode & 0o777).toBe(0o600);
    expect((await download(`${project}/src`)).exitCode).toBe(77);
    expect(new Set(asked)).toEqual(new Set(['attacker']));

    expect((await runIn(project, ['trust', '--list'])).stdout).toContain(attackersFile);
    await writeFile(attackersFile, `${attackersText}wait = 60\n`);
    expect((await download(project)).exitCode).toBe(77);
    await writeFile(attackersFile, `${attackersText}repository = "other"\n`);
    expect((await download(project)).exitCode).toBe(78);
  });

  test('`--remove` ends the trust', async () => {
    await runIn(project, ['trust', '--yes']);
    expect((await runIn(project, ['trust', '--remove'])).stdout).toBe(`no longer trusted: ${attackersFile}\n`);
    expect(JSON.parse(await readFile(trustStore(), 'utf8'))).toEqual({ projects: {} });
    expect([(await download(project)).exitCode, asked]).toEqual([78, []]);
  });

  test('a variable trusts a project for one command', async () => {
    expect((await download(project, { AWSPIP_TRUST_PROJECT: '1' })).exitCode).toBe(77);
    expect((await download(project)).exitCode).toBe(78);
  });

  test('a damaged record of trust counts as no trust, and can be replaced', async () => {
    await mkdir(user.path('config/awspip'), { recursive: true });
    await writeFile(trustStore(), '{"projects": {"__proto__": 1, "x": []');
    expect((await download(project)).exitCode).toBe(78);
    expect((await runIn(project, ['trust', '--yes'])).exitCode).toBe(0);
    expect((await download(project)).exitCode).toBe(77);
  });
});

describe('on a terminal', () => {
  const question = 'Use these values from now on\\? \\[y/N\\] ';
  const install = (answer: string) =>
    onTerminal(user, ['download', '--no-deps', 'demo-package'], {
      steps: [{ shown: question, type: answer }],
    });

  test('an install asks once; no answer means no', async () => {
    await writeFile(user.path('pyproject.toml'), attackersText);
    try {
      const no = await install('\n');
      expect([no.exitCode, asked]).toEqual([78, []]);
      expect(no.text).toContain('selects a repository that you have not trusted');
      expect((await install('y\n')).exitCode).toBe(77);
      expect(new Set(asked)).toEqual(new Set(['attacker']));
      const again = await onTerminal(user, ['download', '--no-deps', 'demo-package']);
      expect([again.exitCode, again.text.includes('[y/N]')]).toEqual([77, false]);
    } finally {
      await rm(user.path('pyproject.toml'));
    }
  });
});

describe('where the project file is', () => {
  test('a file above the checkout is not read', async () => {
    await mkdir(`${project}/.git`);
    await rm(attackersFile);
    await writeFile(user.path('work/pyproject.toml'), attackersText);
    const ran = await download(project, { AWSPIP_DOMAIN: 'company' });
    expect([ran.exitCode, new Set(asked)]).toEqual([77, new Set(['company'])]);
  });

  test('a symbolic link is trusted as the file that it names', async () => {
    const shared = user.path('work/shared.toml');
    await writeFile(shared, attackersText);
    await rm(attackersFile);
    await symlink(shared, attackersFile);
    await runIn(project, ['trust', '--yes']);
    expect((await download(project)).exitCode).toBe(77);
    await writeFile(shared, attackersText.replace('attacker', 'another'));
    expect((await download(project)).exitCode).toBe(78);
  });

  test('a file or folder that other users can write is never trusted', async () => {
    await chmod(project, 0o777);
    const ran = await runIn(project, ['trust', '--yes']);
    expect([ran.exitCode, ran.stderr]).toEqual([
      78,
      expect.stringContaining('is in a folder that other users can write'),
    ]);
    expect((await download(project, { AWSPIP_TRUST_PROJECT: '1' })).exitCode).toBe(78);
  });

  test.skipIf(process.getuid?.() !== 0)("another user's file is never trusted", async () => {
    await chown(attackersFile, 12345, 12345);
    const ran = await download(project, { AWSPIP_TRUST_PROJECT: '1' });
    expect([ran.exitCode, ran.stderr]).toEqual([78, expect.stringContaining('belongs to another user')]);
    expect(asked).toEqual([]);
  });
});
