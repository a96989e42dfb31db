import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { hintsBelow } from '../../src/cli/hint-lines.ts';
import { ownProgram } from '../../src/cli/own-verbs.ts';
import { presentError } from '../../src/cli/present-error.ts';
import { presentResult } from '../../src/cli/present-result.ts';
import { type Problem, problemsOf } from '../../src/cli/problems.ts';
import { acceptVetted, rejectUnvetted } from '../../src/cli/reject-unvetted.ts';
import type { Check } from '../../src/doctor/types.ts';
import { AwspipError } from '../../src/errors.ts';
import { canReplaceIndex, readExecCommand } from '../../src/installers/exec-command.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { type Ending, fatal, refused, result, troubled } from './endings.ts';
import { hostileText, recordingTerminal, steeringCharacters } from './recording-terminal.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

describe('text from outside never steers the terminal or the build server', () => {
  test('in an error and its hint', () => {
    const { terminal, written } = recordingTerminal();
    const error = new AwspipError('x', `cannot read ${hostileText}`, { exit: 'usage', hint: `set ${hostileText}` });
    expect(presentError(error, terminal)).toBe(64);
    expect(written.stderr).toContain('add-path');
    expect(written.stderr).not.toMatch(steeringCharacters);
    expect(written.stderr.trimEnd().split('\n').at(-1)).toMatch(/^hint: set /);
  });

  test('in a bug', () => {
    const { terminal, written } = recordingTerminal();
    expect(presentError(new Error(hostileText), terminal)).toBe(70);
    expect(written.stderr).toMatch(/^awspip bug: /);
    expect(written.stderr).not.toMatch(steeringCharacters);
  });

  const release = { kind: 'BLOCKED', version: `1${hostileText}`, neededBy: hostileText as never } as const;
  const endings: Readonly<Record<string, Ending>> = {
    refusals: refused([
      fatal({ ...release, reasons: [{ text: hostileText, points: 20 }], similarPackages: [hostileText] }),
      fatal({ because: 'no-version', name: hostileText, detail: hostileText, instead: hostileText }),
      fatal({ because: 'no-project', name: hostileText, similarPackages: [hostileText] }),
    ]),
    'trouble of the repository': troubled([{ kind: 'unavailable', cause: hostileText }]),
    'a file that was not vetted': {
      kind: 'mismatch',
      mismatches: [{ name: hostileText, version: hostileText, file: hostileText, reason: hostileText }],
    },
  };
  test.each(Object.entries(endings))('in %s', (_, ending) => {
    const { terminal, written } = recordingTerminal();
    const ended = result(ending);
    presentResult(ended, problemsOf(ended), now, terminal);
    expect(written.stderr).toContain('add-path');
    expect(written.stderr).toContain('\nhint: ');
    expect(written.stderr).not.toMatch(steeringCharacters);
  });

  test('in the location of a requirement', () => {
    const { terminal, written } = recordingTerminal();
    const ended = result(refused([fatal({ because: 'no-version' })]));
    const locations = new Map([['a', hostileText]]);
    presentResult(ended, problemsOf(ended, { locations }), now, terminal);
    expect(written.stderr).toContain('add-path');
    expect(written.stderr).not.toMatch(steeringCharacters);
  });

  test('in a check of doctor, for people and as JSON', async () => {
    const check: Check = { name: 'settings', state: 'fail', detail: hostileText, hint: hostileText, exit: 'usage' };
    for (const options of [[], ['--json']]) {
      const { terminal, written } = recordingTerminal();
      const compose = async () => ({
        async *doctor() {
          yield check;
        },
      });
      let exitCode = 0;
      const program = ownProgram({} as never, { terminal, compose } as unknown as Context, (code) => {
        exitCode = code;
      });
      await program.parseAsync(['doctor', ...options], { from: 'user' });
      expect(exitCode).toBe(64);
      expect(written.stdout).toContain('add-path');
      expect(written.stdout).not.toMatch(steeringCharacters);
    }
  });

  test('in a source that is not vetted', () => {
    const command = parsePipArguments(['install', 'x']);
    const { terminal, written } = recordingTerminal();
    try {
      rejectUnvetted(command, [{ kind: 'url', where: hostileText, value: hostileText }]);
    } catch (error) {
      presentError(error, terminal);
    }
    expect(written.stderr).toContain('is a file at a URL, which is not vetted');
    expect(written.stderr).not.toMatch(steeringCharacters);
  });
});

describe('hints stand below the finding they belong to', () => {
  const finding = (name: string, hint: string, secondHint?: string) => ({ name, hint, secondHint });

  test('two at most, after an empty line', () => {
    const ended = result(
      refused([
        fatal({ kind: 'BLOCKED', name: 'one', version: '1' }),
        fatal({ kind: 'BLOCKED', name: 'two', version: '1' }),
      ]),
    );
    const { terminal, written } = recordingTerminal();
    presentResult(ended, problemsOf(ended), now, terminal);
    expect(written.stderr).toBe(
      [
        'awspip: one 1 is blocked',
        '',
        'hint: for details, run `awspip explain one==1`',
        'hint: approvers can allow it: `awspip approve one==1 --reason "…"`',
        '',
        'awspip: two 1 is blocked',
        '',
        'hint: for details, run `awspip explain two==1`',
        'hint: approvers can allow it: `awspip approve two==1 --reason "…"`',
        '',
      ].join('\n'),
    );
  });

  test('releases of one project share the hints of the first', () => {
    const hints = hintsBelow([finding('demo', 'about 2'), finding('demo', 'about 1'), finding('other', 'x', 'y')]);
    expect(hints).toEqual([[], ['about 2'], ['x', 'y']]);
  });

  test('findings with the same hints show them once', () => {
    expect(hintsBelow([finding('one', 'again'), finding('two', 'again'), finding('three', 'other')])).toEqual([
      [],
      ['again'],
      ['other'],
    ]);
    expect(hintsBelow([])).toEqual([]);
  });

  test('ten findings are shown, and the others are counted', () => {
    const refusals = Array.from({ length: 13 }, (_, index) => fatal({ because: 'no-version', name: `p${index}` }));
    const ended = result(refused(refusals));
    const { terminal, written } = recordingTerminal();
    presentResult(ended, problemsOf(ended), now, terminal);
    expect(written.stderr.match(/has no such version/g)).toHaveLength(10);
    expect(written.stderr).toMatch(/\nawspip: and 3 more refusals\n$/);
  });

  test('an error without a hint has the hint of its exit code, on the screen and in the report', () => {
    const error = new AwspipError('x', 'it failed', { exit: 'unavailable' });
    const { terminal, written } = recordingTerminal();
    presentError(error, terminal);
    expect(written.stderr).toBe('awspip: it failed\n\nhint: run the same command again in a while\n');
    const [problem] = problemsOf(result(troubled([{ kind: 'unavailable', cause: 'x', error }])));
    expect(problem).toMatchObject({ code: 'error', errorCode: 'x', hint: 'run the same command again in a while' });
  });
});

describe('sources that are not vetted', () => {
  const command = parsePipArguments(['install', 'x']);
  const rejection = (...sources: Parameters<typeof rejectUnvetted>[1]) => {
    try {
      rejectUnvetted(command, sources);
    } catch (error) {
      return error as AwspipError;
    }
    return undefined;
  };

  test('name the option, or the file and line, and what to do instead', () => {
    expect(rejection()).toBeUndefined();
    const index = rejection({ kind: 'index-url', where: 'r.txt:2', value: 'https://other.example/' });
    expect(index?.message).toBe(
      'r.txt:2: `https://other.example/` is another index; awspip installs only from the vetted repository',
    );
    expect(index).toMatchObject({ code: 'source-not-vetted', exitCode: 64 });
    expect(index?.hint).toContain('remove `--index-url`');
    expect(() => rejectUnvetted(parsePipArguments(['install', '--proxy=http://p', 'x']), [])).toThrow(
      '`--proxy` would bypass the vetted repository',
    );
  });

  test('of pip’s default index are passed over, with one report', () => {
    const reports: unknown[] = [];
    const accept = acceptVetted(command, (event) => reports.push(event));
    const named = { kind: 'index-url', where: 'r.txt:1', value: 'https://pypi.org/simple' } as const;
    accept([named, { ...named, kind: 'extra-index-url', where: 'argument' }]);
    accept([named]);
    expect(reports).toEqual([{ code: 'default-index', where: 'r.txt:1', value: 'https://pypi.org/simple' }]);
    expect(() => accept([named, { ...named, value: 'https://test.pypi.org/simple' }])).toThrow('is another index');
    expect(() => accept([{ ...named, kind: 'find-links' }])).toThrow('offers files');
  });

  test('of pip’s default index are rejected if the installer would use it', () => {
    const canReplace = ['pip-sync', '-i', 'https://pypi.org/simple'];
    const exec = readExecCommand(['--', ...canReplace], '/work');
    const accept = acceptVetted(exec.command, () => {}, canReplaceIndex(exec));
    const named = { kind: 'index-url', where: 'argument', value: 'https://pypi.org/simple' } as const;
    expect(() => accept([named])).not.toThrow();
    expect(() => accept([{ ...named, where: 'requirements.txt:1' }])).toThrow('requirements.txt:1');
    const add = readExecCommand(['--', 'uv', 'add', '--default-index', 'https://pypi.org/simple', 'six'], '/work');
    expect(() => acceptVetted(add.command, () => {}, canReplaceIndex(add))([named])).toThrow('is another index');
  });

  test('say what allows them, if anything does', () => {
    const links = { kind: 'find-links', where: 'argument', value: 'wh' } as const;
    const noIndex = { kind: 'no-index', where: 'argument', value: '--no-index' } as const;
    const allowed = rejection(noIndex, { ...links, allowedBy: '/opt/my wheels' });
    expect(allowed?.message).toContain('`wh` offers files');
    expect(allowed?.hint).toContain("`'--awspip-open=/opt/my wheels'`");
    expect(rejection(links)?.hint).not.toContain('--awspip-open');
    expect(rejection({ kind: 'vcs', where: 'argument', value: 'hg+https://h/x' })?.hint).not.toContain('--awspip-open');
  });

  test('each kind has a problem and a hint of its own', () => {
    const kinds = [
      'find-links',
      'no-index',
      'remote-file',
      'lock-file',
      'missing-digest',
      'url',
      'vcs',
      'project',
    ] as const;
    const rejections = kinds.map((kind) => rejection({ kind, where: 'argument', value: 'x' }));
    expect(new Set(rejections.map((error) => error?.message)).size).toBe(kinds.length);
    for (const error of rejections) expect(error?.hint).toMatch(/^(remove|download|name|write|run) /);
  });
});

test('a message of a problem is one line', () => {
  const ended = result(refused([fatal({ because: 'no-version', detail: 'one\nhint: run `evil`' })]));
  const { terminal, written } = recordingTerminal();
  const problems: readonly Problem[] = problemsOf(ended);
  presentResult(ended, problems, now, terminal);
  expect(written.stderr.match(/^hint: /gm)).toHaveLength(1);
});
