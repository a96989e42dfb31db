import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../src/cli/messages.ts';
import { presentResult } from '../../src/cli/present-result.ts';
import { type ProblemCode, problemCodes } from '../../src/cli/problem-codes.ts';
import { problemsOf } from '../../src/cli/problems.ts';
import { reportOf } from '../../src/cli/report.ts';
import { type ExitReason, exitCodes } from '../../src/errors.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { exitOf } from '../../src/install/exit.ts';
import type { InstallResult } from '../../src/install/types.ts';
import type { RelayFailure } from '../../src/relay/types.ts';
import { type Ending, fatal, refused, result, stillRunning, troubled } from './endings.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { schemaErrors } from './report-schema.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-30T19:00:00Z');
const heldUntil = '2026-12-01T00:00:00.000Z';

type Case = {
  readonly ending: Ending;
  readonly seconds?: number;
  readonly code: ProblemCode;
  readonly exit: number;
  /** Parts of the text on the screen. */
  readonly texts: readonly string[];
  /** Part of the hints. */
  readonly hint: string;
};

const trouble = (kind: RelayFailure['kind'], cause: string, status?: number) => troubled([{ kind, cause, status }]);

const cases: Readonly<Record<string, Case>> = {
  'an unknown project with a similar name': {
    ending: refused([
      fatal({ because: 'no-project', name: 'reqeusts', similarPackages: ['requests'], detail: 'no index has it' }),
    ]),
    code: 'unknown-project',
    exit: 12,
    texts: ['`reqeusts` was not found'],
    hint: 'did you mean `requests`? `awspip install requests`',
  },
  'an unknown project without a similar name': {
    ending: refused([fatal({ because: 'no-project', detail: 'no index has it' })]),
    code: 'unknown-project',
    exit: 12,
    texts: ['`a` was not found'],
    hint: 'check the spelling of `a`',
  },
  'a private name': {
    ending: refused([fatal({ because: 'private', name: 'acme-tools', detail: 'one of your own names' })]),
    code: 'private-name',
    exit: 12,
    texts: ['`acme-tools` was not found', 'one of your own names'],
    hint: 'publish `acme-tools` to the vetted repository',
  },
  'a version that does not exist': {
    ending: refused([fatal({ because: 'no-version', name: 'six', instead: '1.17.0', detail: 'the newest is 1.17.0' })]),
    code: 'unknown-version',
    exit: 12,
    texts: ['`six` has no such version'],
    hint: "1.17.0 is the newest allowed version: `awspip install 'six==1.17.0'`",
  },
  'a version that does not exist, without an allowed one': {
    ending: refused([fatal({ because: 'no-version', name: 'six' })]),
    code: 'unknown-version',
    exit: 12,
    texts: ['`six` has no such version'],
    hint: '`awspip explain six` shows the newest',
  },
  'a blocked version with an allowed older one': {
    ending: refused([
      fatal({ kind: 'BLOCKED', name: 'six', version: '2', instead: '1', reasons: [{ text: 'malware' }] }),
    ]),
    code: 'blocked',
    exit: 10,
    texts: ['six 2 is blocked', 'malware'],
    hint: "1 is the newest allowed version: `awspip install 'six==1'`",
  },
  'a blocked version': {
    ending: refused([
      fatal({
        ...{ kind: 'BLOCKED', name: 'six', version: '2', riskLevel: 'Red', score: { min: 50, max: 50 } },
        reasons: [{ text: 'Downloads < 300', points: 20 }, { text: 'Install code: network' }],
      }),
    ]),
    code: 'blocked',
    exit: 10,
    texts: ['six 2 is blocked (Red, score 50)\n  +20  Downloads < 300\n       Install code: network\n'],
    hint: 'for details, run `awspip explain six==2`\nhint: approvers can allow it: `awspip approve six==2 --reason "…"`',
  },
  'a version within cooldown, with an older one': {
    ending: refused([fatal({ kind: 'HELD', name: 'six', version: '2', heldUntil, instead: '1' })]),
    code: 'within-cooldown',
    exit: 11,
    texts: ['six 2 is on hold, within cooldown', '  allowed from Dec 1, 00:00 (in 5 h)\n'],
    hint: "`awspip install 'six==1'`",
  },
  'a version within cooldown, without an older one': {
    ending: refused([fatal({ kind: 'HELD', name: 'six', version: '2', heldUntil })]),
    code: 'within-cooldown',
    exit: 11,
    texts: ['six 2 is on hold, within cooldown'],
    hint: 'run the same command again after the cooldown',
  },
  'no file for this Python or platform': {
    ending: refused([fatal({ because: 'no-file', detail: '`old` 1 needs Python <3; this is 3.11.7' })]),
    code: 'no-file-for-this-python',
    exit: 12,
    texts: ['has no file for this Python and platform', 'needs Python <3'],
    hint: '--awspip-python=PATH',
  },
  'all releases yanked': {
    ending: refused([fatal({ because: 'yanked', name: 'gone', detail: 'only yanked releases satisfy `gone`' })]),
    code: 'yanked',
    exit: 12,
    texts: ['was yanked by its authors', 'only yanked releases'],
    hint: '`gone==VERSION`',
  },
  'a project without files': {
    ending: refused([fatal({ because: 'no-release', detail: '`empty` has no releases' })]),
    code: 'no-release',
    exit: 12,
    texts: ['has no files to install', 'has no releases'],
    hint: 'choose another project',
  },
  'a constraint that excludes every release': {
    ending: refused([fatal({ because: 'constraint', detail: 'the constraint `>5` excludes every release' })]),
    code: 'excluded-by-constraint',
    exit: 12,
    texts: ['is excluded by a constraint', 'the constraint `>5`'],
    hint: 'relax the constraint',
  },
  'requirements that contradict each other': {
    ending: refused([fatal({ because: 'conflict', detail: 'nothing satisfies `a`' })]),
    code: 'conflict',
    exit: 12,
    texts: ['has conflicting requirements', 'nothing satisfies'],
    hint: 'change the requirements',
  },
  'a release on hold': {
    ending: refused([
      fatal({
        ...{ kind: 'HELD', version: '2', riskLevel: 'Red', score: { min: 30, max: 50 } },
        reasons: [{ text: 'unknown: GitHub stars' }],
      }),
    ]),
    code: 'on-hold',
    exit: 11,
    texts: ['a 2 is on hold (up to Red, score 30 to 50, because some signals are unknown)\n  unknown: GitHub stars\n'],
    hint: 'approvers can allow it: `awspip approve a==2 --reason "…"`',
  },
  'still being vetted when the wait ran out': {
    ending: stillRunning('assess'),
    seconds: 42.4,
    code: 'still-vetting',
    exit: 11,
    texts: ['still being vetted after 42.4 s', 'asking the package firewall'],
    hint: '--awspip-wait=SECONDS',
  },
  'a token that is not valid': {
    ending: trouble('denied', 'the repository denies access (401)', 401),
    code: 'token-denied',
    exit: 77,
    texts: ['denies access (401)'],
    hint: 'sign in again',
  },
  'a missing permission': {
    ending: trouble('denied', 'the repository denies access (403)', 403),
    code: 'permission-denied',
    exit: 77,
    texts: ['denies access (403)'],
    hint: 'codeartifact:ReadFromRepository',
  },
  'too many requests': {
    ending: trouble('throttled', 'the repository asks for fewer requests (429)', 429),
    code: 'throttled',
    exit: 69,
    texts: ['fewer requests (429)'],
    hint: 'in a minute',
  },
  'a repository that is down': {
    ending: trouble('unavailable', 'the repository failed (503)', 503),
    code: 'unavailable',
    exit: 69,
    texts: ['failed (503)'],
    hint: 'in a while',
  },
  'other bytes than the index lists': {
    ending: trouble('digest-mismatch', 'x.whl differs from the listed sha256'),
    code: 'digest-mismatch',
    exit: 69,
    texts: ['x.whl differs'],
    hint: 'report this to the administrators',
  },
  'a file without a digest': {
    ending: trouble('no-digest', 'x.whl has no sha256'),
    code: 'no-digest',
    exit: 69,
    texts: ['x.whl has no sha256'],
    hint: 'list files with a sha256',
  },
  'a vetting that failed': {
    ending: refused([fatal({ kind: 'ERROR', version: '2', detail: 'the copy failed' })]),
    code: 'vetting-failed',
    exit: 69,
    texts: ['a 2 could not be vetted', 'the copy failed'],
    hint: 'run the same command again',
  },
};

describe('a failed install', () => {
  test.each(Object.entries(cases))('%s', (_, { ending, seconds, code, exit, texts, hint }) => {
    const ended = result(ending);
    const problems = problemsOf(ended, { verb: 'install', seconds });
    const shown = shownText(ended, problems);
    expect({ codes: problems.map((one) => one.code), exit: exitOf(ended).exitCode }).toEqual({ codes: [code], exit });
    expect(exitCodes[problemCodes[code].exit as ExitReason].code).toBe(exit);
    for (const text of texts) expect(shown).toContain(text);
    const hints = shown.slice(shown.indexOf('\n\nhint: '));
    expect(hints).toContain(hint);
    expect(hints.match(/^hint: /gm)?.length).toBeLessThanOrEqual(2);
    const report = reportOf(ended, problems, { version: '1.0', stack: 'aws' });
    expect(schemaErrors(report)).toEqual([]);
    for (const problem of report.problems) expect(hints).toContain(`hint: ${problem.hint}\n`);
  });

  test('after pip’s own error about contradictory requirements nothing is added, but the report has the problem', () => {
    const ended = result({ kind: 'conflict' });
    const problems = problemsOf(ended);
    expect(shownText(ended, problems)).toBe('');
    expect(exitOf(ended).exitCode).toBe(12);
    expect(reportOf(ended, problems, { version: '1.0', stack: 'aws' }).problems).toMatchObject([{ code: 'conflict' }]);
  });

  test('each cause of a missing release has words of its own', () => {
    const causes = ['no-project', 'no-release', 'no-version', 'no-file', 'yanked', 'constraint', 'conflict'] as const;
    const texts = causes.map((because) => verdictOf({ kind: 'NOT_FOUND', because }));
    expect(new Set(texts).size).toBe(causes.length);
  });

  test('each code has a hint of its own, if there is no other release to offer', () => {
    const hints = new Map<string, string>();
    for (const { ending } of Object.values(cases)) {
      for (const { code, hint, command } of problemsOf(result(ending))) {
        if (command === undefined) hints.set(code, hint);
      }
    }
    expect(new Set(hints.values()).size).toBeGreaterThanOrEqual(hints.size - 1); // `blocked` and `on-hold` share details
    expect(hints.size).toBeGreaterThan(14);
  });
});

test('a misspelt name gets exactly one sentence and one hint', () => {
  const ended = result(refused([fatal({ because: 'no-project', name: 'reqeusts', similarPackages: ['requests'] })]));
  expect(shownText(ended)).toBe(
    'awspip: `reqeusts` was not found\n\nhint: did you mean `requests`? `awspip install requests`\n',
  );
});

test('a score of 0 is not shown: gates alone decided', () => {
  const ended = result(
    refused([
      fatal({
        ...{ kind: 'BLOCKED', name: 'infected', version: '2', riskLevel: 'Red', score: { min: 0, max: 0 } },
        reasons: [{ text: 'Known malware: MAL-2026-1' }],
      }),
    ]),
  );
  expect(shownText(ended)).toBe(
    'awspip: infected 2 is blocked\n  Known malware: MAL-2026-1\n\nhint: for details, run `awspip explain infected==2`\n',
  );
});

test('known malware has no line to copy that would allow it', () => {
  const malware = fatal({ kind: 'BLOCKED', version: '2', reasons: [{ text: 'Known malware: MAL-2026-1' }] });
  expect(shownText(result(refused([malware])))).not.toContain('approve');
});

test('a dependency is shown with the requested project that needs it', () => {
  const ended = result(
    refused([fatal({ kind: 'BLOCKED', name: 'deep', version: '1', neededBy: 'app' as ProjectName })]),
  );
  const problems = problemsOf(ended);
  expect(problems).toMatchObject([{ neededBy: 'app', message: expect.stringContaining('needed by app') }]);
  expect(shownText(ended, problems)).toContain('  needed by app\n');
  expect(schemaErrors(reportOf(ended, problems, { version: '1.0', stack: 'aws' }))).toEqual([]);
});

test('a requirement of a file is shown with file and line, also for what its project needs', () => {
  const roots = ['app==1', 'Six>9'];
  const ended = result(
    refused(
      [
        fatal({ because: 'no-version', name: 'six' }),
        fatal({ kind: 'HELD', name: 'deep', version: '1', neededBy: 'app' as ProjectName }),
        fatal({ because: 'no-project', name: 'typed' }),
      ],
      [...roots, 'typed'],
    ),
  );
  const locations = new Map(roots.map((text, index) => [text, `requirements.txt:${index + 3}`]));
  const problems = problemsOf(ended, { locations });
  expect(problems.map(({ location }) => location)).toEqual(['requirements.txt:4', 'requirements.txt:3', undefined]);
  const shown = shownText(ended, problems);
  expect(shown).toContain('awspip: requirements.txt:4: `six` has no such version\n');
  expect(shown).toContain('awspip: requirements.txt:3: deep 1 is on hold\n');
  expect(shown).toContain('awspip: `typed` was not found\n');
  expect(reportOf(ended, problems, { version: '1.0', stack: 'aws' }).problems[0]).toMatchObject({
    location: 'requirements.txt:4',
  });
});

test('the command in a hint keeps the extras of the requirement', () => {
  const [version, unknown] = problemsOf(
    result(
      refused(
        [
          fatal({ because: 'no-version', name: 'six', instead: '1.17' }),
          fatal({ because: 'no-project', name: 'reqeusts', similarPackages: ['requests'] }),
        ],
        ['Six[x,y]>9', "reqeusts[socks]; python_version > '3'"],
      ),
    ),
  );
  expect(version?.command).toBe("awspip install 'six[x,y]==1.17'");
  expect(unknown?.command).toBe("awspip install 'requests[socks]'");
});

test('the command in a hint is that of the installer', () => {
  const ended = result(refused([fatal({ because: 'no-project', name: 'reqeusts', similarPackages: ['requests'] })]));
  expect(problemsOf(ended, { verb: 'exec -- uv add' })[0]?.command).toBe('awspip exec -- uv add requests');
});

test('skipped releases and blocked hosts are shown after pip has ended', () => {
  const skipped = [
    fatal({ kind: 'HELD', name: 'six', version: '2', heldUntil, fatal: false }),
    fatal({ kind: 'BLOCKED', name: 'old', version: '3', fatal: false }),
    fatal({ kind: 'ERROR', name: 'broken', version: '4', fatal: false }),
  ];
  const installed = result({ kind: 'pip', exitCode: 0 }, { passedOver: skipped, deniedHosts: ['evil.example'] });
  expect(shownText(installed)).toBe(
    'awspip: skipped six 2, which is within cooldown until Dec 1, 00:00 (in 5 h)\n' +
      'awspip: skipped old 3, which is blocked\n',
  );
  const failed = result({ kind: 'pip', exitCode: 1 }, { passedOver: skipped, deniedHosts: ['evil.example'] });
  expect(shownText(failed)).toMatch(
    /^awspip: blocked a connection to evil\.example; only the vetted repository is reachable\n\nhint: /,
  );
});

function shownText(ended: InstallResult, problems = problemsOf(ended)): string {
  const { terminal, written } = recordingTerminal();
  presentResult(ended, problems, now, terminal);
  return written.stderr;
}

describe('a hint fits the command', () => {
  const blocked = refused([fatal({ kind: 'BLOCKED', name: 'a', version: '2', instead: '1', reasons: [] })]);
  const hintFor = (location: string | undefined, verb = 'install') => {
    const locations = new Map(location === undefined ? [] : [['a', location] as const]);
    return problemsOf(result(blocked), { verb, locations })[0]?.hint;
  };

  test('a requirement in a file is changed there, because a second requirement would contradict it', () => {
    expect(hintFor(undefined, 'download')).toBe("1 is the newest allowed version: `awspip download 'a==1'`");
    expect(hintFor('r.txt:3')).toBe(
      '1 is the newest allowed version: write `a==1` in `r.txt:3` and its `--hash`, if it has one',
    );
    expect(hintFor('pyproject.toml:4')).toBe('1 is the newest allowed version: write `a==1` in `pyproject.toml:4`');
    expect(hintFor('pylock.dev.toml')).toContain('write it again with `awspip lock`');
  });

  test('a misspelt name in a file is changed there', () => {
    const unknown = refused([fatal({ because: 'no-project', name: 'a', similarPackages: ['ab'] })]);
    const [problem] = problemsOf(result(unknown), { locations: new Map([['a', 'r.txt:1']]) });
    expect(problem?.hint).toContain('did you mean `ab`? write `ab` in `r.txt:1`');
  });

  test.each([
    [{ forTarget: true, excludesFiles: true }, 'download', /^change `--platform`/],
    [{ forTarget: false, excludesFiles: true }, 'install', /--awspip-python=PATH.*remove `--only-binary`/],
    [{ forTarget: false, excludesFiles: false }, 'install', /--awspip-python=PATH(?!.*only-binary)/],
    [{ forTarget: false, excludesFiles: false }, 'exec -- uv add', /^use another Python(?!.*awspip-python)/],
  ])('no fitting file with %o for `%s`', (files, verb, expected) => {
    const [problem] = problemsOf(result(refused([fatal({ because: 'no-file' })])), { verb, files });
    expect(problem?.hint).toMatch(expected);
  });
});
