import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { countingPython, until } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { longTest } from '../helpers/long-form.ts';

const stage = indexWithUser();

test('a new project is vetted with its dependencies in two pip runs; a second install needs one, and no vetting', async () => {
  for (const [name, requires] of [
    ['chief', ['helper>=1', 'other']],
    ['helper', ['other']],
    ['other', []],
  ] as const) {
    stage.packageIndex.publish(name, '1.5', wheel({ name, version: '1.5', requires }));
  }
  const { python, starts } = await countingPython(stage.user.folder);

  const first = await stage.user.install(['--target', 'one', 'chief'], { AWSPIP_PYTHON: python });
  expect(first).toMatchObject({ exitCode: 0, report: { exitCode: 0, reason: 'ok', pipRuns: 2 } });
  expect(first.report.releases.map(({ name, version, status }) => `${name} ${version} ${status}`).sort()).toEqual([
    'chief 1.5 SECURE',
    'helper 1.5 SECURE',
    'other 1.5 SECURE',
  ]);
  expect(existsSync(stage.user.path('one', 'chief', '__init__.py'))).toBe(true);
  expect(await starts()).toBe(2);

  const second = await stage.user.install(['--target', 'two', 'chief'], { AWSPIP_PYTHON: python });
  expect(second).toMatchObject({ exitCode: 0, report: { exitCode: 0, pipRuns: 1, releases: [], requests: [] } });
  expect(await starts()).toBe(3);
});

test('the error of the first pip run is not shown if the package is vetted then', async () => {
  stage.packageIndex.publish('quiet', '1.0', wheel({ name: 'quiet', version: '1.0' }));
  const { exitCode, stderr } = await stage.user.install(['--target', 'quiet', 'quiet']);
  expect(exitCode).toBe(0);
  expect(stderr).not.toContain('No matching distribution');
  expect(stderr).not.toContain('Could not find a version');
});

test("the reference's facts are blocked with four reasons, points, score and level, and nothing is copied", async () => {
  stage.packageIndex.publish('companion', '1.0', wheel({ name: 'companion', version: '1.0' }));
  stage.packageIndex.publish('request2', '0.2', wheel({ name: 'request2', version: '0.2', requires: ['companion'] }), {
    downloads: 120,
    repository: false,
    olderVersions: 0,
    uploadTime: '2021-10-01T00:00:00Z',
  });
  const { exitCode, stderr, report } = await stage.user.install(['--target', 'blocked', 'request2']);
  expect(exitCode).toBe(10);
  expect(report).toMatchObject({ exitCode: 10, reason: 'blocked', pipRuns: 1 });
  expect(report.refusals[0]).toMatchObject({
    name: 'request2',
    kind: 'BLOCKED',
    riskLevel: 'Red',
    score: { min: 50, max: 50 },
    reasons: [
      { text: 'Downloads < 300', points: 20 },
      { text: 'GitHub stars < 30', points: 10 },
      { text: 'Last modified > 2 years', points: 10 },
      { text: 'Versions count < 5', points: 10 },
    ],
  });
  for (const line of ['request2 0.2', 'Red', 'score 50', '+20  Downloads < 300', '+10  GitHub stars < 30']) {
    expect(stderr).toContain(line);
  }
  expect(existsSync(stage.user.path('blocked'))).toBe(false);
  const { stdout } = await stage.user.run(['status', '--json']);
  const { releases } = JSON.parse(stdout) as { releases: readonly { name: string; status: string }[] };
  expect(releases.filter(({ name }) => /companion|request2/.test(name)).map(({ status }) => status)).not.toContain(
    'SECURE',
  );
});

// `problem-transcripts.test.ts` and `dependency-tree.test.ts` also hold the promises of these three.
longTest('an unknown project ends with 12', async () => {
  const { exitCode, stderr } = await stage.user.run(['install', '--target', 'none', 'surely-no-such-project']);
  expect(exitCode).toBe(12);
  expect(stderr).toContain('surely-no-such-project');
  expect(stderr).toContain('was not found');
});

longTest('an unknown version ends with 12 and names the newest', async () => {
  stage.packageIndex.publish('versioned', '1.0', wheel({ name: 'versioned', version: '1.0' }));
  const { exitCode, stderr } = await stage.user.run(['install', '--target', 'none', 'versioned==7.0']);
  expect(exitCode).toBe(12);
  expect(stderr).toContain('1.0');
});

longTest('an upgrade installs a release that appeared upstream', async () => {
  stage.packageIndex.publish('growing', '1.0', wheel({ name: 'growing', version: '1.0' }));
  const target = ['--target', 'growing'];
  expect((await stage.user.install([...target, 'growing'])).exitCode).toBe(0);
  stage.packageIndex.publish('growing', '2.0', wheel({ name: 'growing', version: '2.0' }));
  // The newest release of a project is looked up once an hour, so the test pins the version.
  const pinned = await stage.user.install(['--upgrade', ...target, 'growing==2.0']);
  expect(pinned.exitCode).toBe(0);
  expect(pinned.report.releases).toMatchObject([{ name: 'growing', version: '2.0', status: 'SECURE' }]);
});

test('a build script that prints what pip prints starts no vetting', async () => {
  const liar = await sdist({
    name: 'liar',
    version: '1.0',
    buildScript: `import sys
sys.stderr.write("ERROR: Could not find a version that satisfies the requirement attacker-chosen==6.6.6 (from versions: none)\\n")
sys.stderr.write("ERROR: No matching distribution found for attacker-chosen==6.6.6\\n")
raise SystemExit(1)`,
  });
  stage.packageIndex.publish('liar', '1.0', liar);
  stage.packageIndex.publish('attacker-chosen', '6.6.6', wheel({ name: 'attacker-chosen', version: '6.6.6' }));
  const { exitCode, report } = await stage.user.install(['--target', 'liar', 'liar']);
  expect(exitCode).toBe(1);
  expect(report.releases.map(({ name }) => name)).toEqual(['liar']);
});

test('the token is not in the environment of a build, in the arguments of a process, or in a file that pip reads', async () => {
  const seen = stage.user.path('seen-by-the-build');
  const hunter = await sdist({
    name: 'hunter',
    version: '1.0',
    buildScript: `import glob, os, sys
def text(path):
    try:
        with open(path, "rb") as file:
            return file.read(1_000_000).decode("utf-8", "replace")
    except OSError:
        return ""
lines = [text(path) for path in glob.glob("/proc/[0-9]*/cmdline")] + [repr(dict(os.environ)), repr(sys.argv)]
pid = os.getpid()
while pid > 1:
    lines.append(text(f"/proc/{pid}/environ") if "python" in text(f"/proc/{pid}/cmdline") else "")
    for word in text(f"/proc/{pid}/cmdline").split("\\0"):
        lines.append(text(word) if os.path.isfile(word) and not word.endswith(("python", "node")) else "")
    pid = int(text(f"/proc/{pid}/stat").rpartition(")")[2].split()[1] or 0)
for path in [os.environ.get("PIP_CONFIG_FILE", ""), os.environ.get("NETRC", ""), os.path.expanduser("~/.netrc")] + glob.glob(os.path.expanduser("~/.config/pip/*")):
    lines.append(text(path))
with open(${JSON.stringify(seen)}, "a") as file:
    file.write("looked\\n" + "\\n".join(lines))`,
  });
  stage.packageIndex.publish('hunter', '1.0', hunter);
  const { exitCode } = await stage.user.install(['--target', 'hunter', 'hunter'], {
    AWS_SECRET_ACCESS_KEY: 'shh-not-for-pip',
  });
  expect(exitCode).toBe(0);

  const found = await readFile(seen, 'utf8');
  expect(found).toContain('looked');
  expect(found).toContain('PIP_INDEX_URL');
  for (const secret of ['shh-not-for-pip', ...(await secrets())]) expect(found.includes(secret)).toBe(false);
});

/** Returns every token and key of this user's awspip and its local stack. */
async function secrets(): Promise<readonly string[]> {
  const folder = stage.user.path('state', 'tokens');
  const cached = await Promise.all((await readdir(folder)).map((file) => readFile(path.join(folder, file), 'utf8')));
  const tokens = cached
    .map((text) => (JSON.parse(text) as { text: string }).text)
    .filter((text) => !text.startsWith('http'));
  const { stdout } = await stage.user.run(['local', 'env']);
  const key = /AWS_ACCESS_KEY_ID='([^']+)'/.exec(stdout)?.[1] ?? '';
  expect([tokens.length > 0, key.length > 10]).toEqual([true, true]);
  return [...tokens, key];
}

test("pip's own failures and exit codes pass unchanged", async () => {
  expect(await stage.user.run(['install', '--no-such-option'])).toMatchObject({ exitCode: 2 });
  expect(await stage.user.run(['nonsense'])).toMatchObject({ exitCode: 1 });
  expect(await stage.user.run(['list', '--format', 'json'])).toMatchObject({ exitCode: 0 });
});

test('an install without a version uses what is vetted, and asks for newer releases in the background or waits for them', async () => {
  const publish = (version: string) =>
    stage.packageIndex.publish('evolving', version, wheel({ name: 'evolving', version }));
  const installed = (folder: string) =>
    readdir(stage.user.path(folder)).then((names) => names.filter((name) => name.endsWith('.dist-info')));
  const install = (folder: string, extra: Record<string, string> = {}) =>
    stage.user.install(['--target', folder, 'evolving'], extra);
  publish('1.0');
  await install('e1');
  publish('2.0');
  // The first install looked at the newest release, which is enough for a day.
  expect((await install('e2')).stderr).not.toContain('newer releases');

  const asked = await install('e3', { AWSPIP_FRESHNESS: '0' });
  expect([asked.exitCode, await installed('e3')]).toEqual([0, ['evolving-1.0.dist-info']]);
  expect(asked.stderr).toContain(
    'asked in the background for newer releases of evolving; `--awspip-newest` waits for them',
  );
  await until('evolving 2.0 to be vetted', async () => {
    await rm(stage.user.path('e4'), { recursive: true, force: true });
    await install('e4');
    return (await installed('e4')).includes('evolving-2.0.dist-info');
  });

  publish('3.0');
  expect((await install('e5', { AWSPIP_NEWEST: '1' })).exitCode).toBe(0);
  expect(await installed('e5')).toEqual(['evolving-3.0.dist-info']);
});
