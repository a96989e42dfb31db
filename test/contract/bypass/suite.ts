import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isolatedArguments, pipEnvironment } from '../../../src/pip/environment.ts';
import { parsePipArguments } from '../../../src/pip/grammar.ts';
import { openVcsGuard } from '../../../src/pip/vcs-guard.ts';
import { type HostileIndex, openHostileIndex } from '../../helpers/hostile-index.ts';
import { representatives } from '../../helpers/long-form.ts';
import { sdist, wheel } from '../../relay/distributions.ts';
import { type Harness, openHarness } from '../../relay/harness.ts';
import { networkVectors, type Vector } from './vectors.ts';

/** An interpreter with a pip, and its name. */
export type TestedPip = { readonly title: string; readonly python: string };

/** Returns what a vector uses to reach another source. */
function kindOf({ title, environment }: Vector): string {
  if (environment !== undefined) return /prox/i.test(title) ? 'a proxy' : 'a variable';
  const words = [
    'constraint',
    'requirements file',
    'metadata',
    'build',
    'git',
    'hg',
    'svn',
    'bzr',
    'URL',
    '-f',
    'index',
  ];
  return words.find((word) => title.includes(word)) ?? title;
}

/** Runs all vectors with each pip. Without `everySpelling`, runs one spelling of each, and in CI one of each kind. */
export async function bypassSuite(pips: readonly TestedPip[], everySpelling: boolean): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'awspip-closed-'));
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return name;
  };
  const hostile: HostileIndex = await openHostileIndex(folder);
  const all = networkVectors({ ...hostile, write });
  const vectors = everySpelling
    ? all
    : representatives(
        all.filter(({ isVariant }) => !isVariant),
        kindOf,
      );
  let harness: Harness;

  beforeAll(async () => {
    harness = await openHarness();
    const { projects } = harness.repository;
    const address = `evil @ ${hostile.origin}/evil-99.0-py3-none-any.whl`;
    projects.set('alpha', [wheel('alpha', '1.0')]);
    projects.set('needs-address', [wheel('needs-address', '1.0', [address])]);
    projects.set('needs-mercurial', [wheel('needs-mercurial', '1.0', [`evil @ hg+${hostile.origin}/evil`])]);
    projects.set('builds-address', [await sdist('builds-address', '1.0', [address])]);
    projects.set('needs-repository', [
      wheel('needs-repository', '1.0', [`evil @ git+file://${hostile.files.repository}`]),
    ]);
  });
  afterAll(async () => {
    await harness.close();
    await hostile.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // Programs that record their calls.
  const programs = path.join(folder, 'programs');
  mkdirSync(programs);
  for (const name of ['hg', 'svn', 'bzr']) {
    const script = `#!/bin/sh\necho "${name} $*" >> '${path.join(folder, 'fetched')}'\n`;
    writeFileSync(path.join(programs, name), script, { mode: 0o755 });
  }
  const vcsGuard = await openVcsGuard(`${programs}:${process.env.PATH}`, 'linux', folder);

  /** Returns the basic variables, with an empty home folder. */
  function baseEnvironment(): Record<string, string | undefined> {
    const { LANG } = process.env;
    return {
      PATH: vcsGuard.path,
      LANG,
      HOME: folder,
      BUILD_LOG: path.join(folder, 'builds'),
      PIP_RETRIES: '0',
      PIP_NO_INPUT: '1',
    };
  }

  const run = (python: string, argv: readonly string[], env: Record<string, string>) =>
    execa(python, ['-m', 'pip', ...argv], { cwd: folder, env, extendEnv: false, reject: false, stdin: 'ignore' });

  test('without awspip the hostile index is used, so that the tests below can fail', async () => {
    const target = path.join(folder, 'control');
    const env = { ...baseEnvironment(), PIP_INDEX_URL: `${hostile.origin}/simple/` } as Record<string, string>;
    const ran = await run('python3', ['install', '--target', target, '--no-deps', 'evil'], env);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(existsSync(path.join(target, 'evil'))).toBe(true);
    expect(hostile.requests.length).toBeGreaterThan(0);
    const unguarded = { ...env, PATH: `${programs}:${process.env.PATH}` };
    await run('python3', ['install', '--target', target, `hg+${hostile.origin}/evil#egg=evil`], unguarded);
    expect(readFileSync(path.join(folder, 'fetched'), 'utf8')).toContain('hg clone');
    rmSync(path.join(folder, 'fetched'));
    hostile.requests.length = 0;
  });

  describe.each(pips)('behind the relay, $title, without a check of the command line', ({ python, title }) => {
    const target = (vector: Vector) => path.join(folder, `${title}-${vectors.indexOf(vector)}`.replace(/\W+/g, '-'));

    test.concurrent.each(vectors)('$title installs nothing', async (vector) => {
      const relay = await harness.relay();
      const argv = ['install', '--target', target(vector), ...vector.argv];
      const environment = { ...baseEnvironment(), ...vector.environment, PIP_SRC: path.join(folder, 'src') };
      const command = parsePipArguments(argv);
      const context = { isolated: command.isolated };
      const ran = await run(python, isolatedArguments(command), pipEnvironment(environment, relay, context));
      expect(existsSync(path.join(target(vector), 'evil')), ran.stderr).toBe(false);
      expect(`${ran.stdout}${ran.stderr}`).not.toContain('Successfully installed evil');
      expect(ran.exitCode, ran.stderr).not.toBe(0);
    });

    test('no vector reaches the server or runs code', () => {
      expect(hostile.requests).toEqual([]);
      expect(hostile.ran()).toBe(false);
      // Reading a program's version fetches nothing.
      const fetched = existsSync(path.join(folder, 'fetched'))
        ? readFileSync(path.join(folder, 'fetched'), 'utf8')
        : '';
      expect(fetched.replace(/^(?:hg|svn|bzr) (?:-q )?(?:--)?version.*\n/gm, '')).toBe('');
    });
  });
}
