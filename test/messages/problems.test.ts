import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { whatHappened } from '../../src/cli/messages.ts';
import { presentResult } from '../../src/cli/present-result.ts';
import { problemCodes as known, type ProblemCode } from '../../src/cli/problem-codes.ts';
import { problemsOf } from '../../src/cli/problems.ts';
import { failureReport, reportOf } from '../../src/cli/report.ts';
import { AwspipError, type ExitReason, exitCodes } from '../../src/errors.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { exitOf } from '../../src/install/exit.ts';
import type { RelayFailure } from '../../src/relay/types.ts';
import { type Ending, fatal, refused, result, stillRunning, troubled } from './endings.ts';

const schema = JSON.parse(readFileSync(new URL('../../src/cli/report-schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

type Case = {
  readonly ending: Ending;
  readonly seconds?: number;
  readonly code: ProblemCode;
  readonly exit: number;
  /** What the screen says, in pieces. */
  readonly says: readonly string[];
  /** What it offers. */
  readonly offers: string;
};

const trouble = (kind: RelayFailure['kind'], cause: string, status?: number) => troubled([{ kind, cause, status }]);

/** The ways in which a package can be not there: each with its own words, way out and exit code. */
const ways: Readonly<Record<string, Case>> = {
  'an unknown project with a near name': {
    ending: refused([
      fatal({ because: 'no-project', name: 'reqeusts', similarPackages: ['requests'], detail: 'no index knows it' }),
    ]),
    code: 'unknown-project',
    exit: 12,
    says: ['reqeusts was not found', 'looks like requests'],
    offers: 'did you mean `requests`? `awspip install requests`',
  },
  'an unknown project like no other': {
    ending: refused([fatal({ because: 'no-project', detail: 'no index knows it' })]),
    code: 'unknown-project',
    exit: 12,
    says: ['was not found'],
    offers: 'check the name for a slip',
  },
  'a private name': {
    ending: refused([fatal({ because: 'private', name: 'acme-tools', detail: 'one of your own names' })]),
    code: 'private-name',
    exit: 12,
    says: ['acme-tools was not found', 'one of your own names'],
    offers: 'publish `acme-tools` to the vetted repository',
  },
  'a version that exists nowhere': {
    ending: refused([fatal({ because: 'no-version', name: 'six', instead: '1.17.0', detail: 'the newest is 1.17.0' })]),
    code: 'unknown-version',
    exit: 12,
    says: ['six has no such version'],
    offers: "`awspip install 'six==1.17.0'`",
  },
  'a version that exists upstream and was refused': {
    ending: refused([
      fatal({ kind: 'BLOCKED', name: 'six', version: '2', instead: '1', reasons: [{ text: 'malware' }] }),
    ]),
    code: 'refused',
    exit: 10,
    says: ['six 2 was refused', 'malware'],
    offers: "the newest that nothing speaks against is 1: `awspip install 'six==1'`",
  },
  'a version that exists upstream and is too young': {
    ending: refused([
      fatal({ kind: 'HELD', name: 'six', version: '2', heldUntil: '2026-12-01T00:00:00.000Z', instead: '1' }),
    ]),
    code: 'too-young',
    exit: 11,
    says: ['six 2 is held', 'may enter from 2026-12-01'],
    offers: "`awspip install 'six==1'`",
  },
  'too young, and no older one will do': {
    ending: refused([fatal({ kind: 'HELD', name: 'six', version: '2', heldUntil: '2026-12-01T00:00:00.000Z' })]),
    code: 'too-young',
    exit: 11,
    says: ['six 2 is held'],
    offers: 'again from 2026-12-01',
  },
  'no release for this Python or platform': {
    ending: refused([fatal({ because: 'no-file', detail: '`old` 1 needs Python <3; this is 3.11.7' })]),
    code: 'no-file-for-this-python',
    exit: 12,
    says: ['needs Python <3'],
    offers: '--awspip-python=PATH',
  },
  'all releases yanked': {
    ending: refused([fatal({ because: 'yanked', name: 'gone', detail: 'only yanked releases satisfy `gone`' })]),
    code: 'yanked',
    exit: 12,
    says: ['only yanked releases'],
    offers: "'gone==VERSION'",
  },
  'a project without any release': {
    ending: refused([fatal({ because: 'no-release', detail: '`empty` has no releases' })]),
    code: 'no-release',
    exit: 12,
    says: ['has no releases'],
    offers: 'choose another project',
  },
  'a constraint that leaves none': {
    ending: refused([fatal({ because: 'constraint', detail: 'the constraint `>5` leaves no release' })]),
    code: 'constrained-away',
    exit: 12,
    says: ['the constraint `>5`'],
    offers: 'loosen the constraint',
  },
  'requirements that contradict each other': {
    ending: refused([fatal({ because: 'conflict', detail: 'nothing satisfies `a`' })]),
    code: 'contradiction',
    exit: 12,
    says: ['nothing satisfies'],
    offers: 'versions that agree',
  },
  'held for approval': {
    ending: refused([fatal({ kind: 'HELD', version: '2', reasons: [{ text: 'unknown: GitHub stars' }] })]),
    code: 'held',
    exit: 11,
    says: ['is held', 'unknown: GitHub stars'],
    offers: 'allow list',
  },
  'still being vetted when the wait ran out': {
    ending: stillRunning('assess'),
    seconds: 42.4,
    code: 'still-vetting',
    exit: 11,
    says: ['still being vetted after 42 s', 'asking the package firewall'],
    offers: '--awspip-wait=SECONDS',
  },
  'an expired token': {
    ending: trouble('denied', 'the repository denies access (401)', 401),
    code: 'token-denied',
    exit: 77,
    says: ['denies access (401)'],
    offers: 'sign in again',
  },
  'no permission': {
    ending: trouble('denied', 'the repository denies access (403)', 403),
    code: 'permission-denied',
    exit: 77,
    says: ['denies access (403)'],
    offers: 'codeartifact:ReadFromRepository',
  },
  throttled: {
    ending: trouble('throttled', 'the repository asks for fewer requests (429)', 429),
    code: 'throttled',
    exit: 69,
    says: ['fewer requests (429)'],
    offers: 'in a minute',
  },
  'a repository that is down': {
    ending: trouble('unavailable', 'the repository failed (503)', 503),
    code: 'unavailable',
    exit: 69,
    says: ['failed (503)'],
    offers: 'in a while',
  },
  'other bytes than the index lists': {
    ending: trouble('digest-mismatch', 'x.whl is not what the index lists'),
    code: 'digest-mismatch',
    exit: 69,
    says: ['not what the index lists'],
    offers: 'tell whoever keeps the repository',
  },
  'a file without a digest': {
    ending: trouble('no-digest', 'x.whl left out'),
    code: 'no-digest',
    exit: 69,
    says: ['left out'],
    offers: 'sha256',
  },
  'a vetting that failed': {
    ending: refused([fatal({ kind: 'ERROR', version: '2', detail: 'the copy failed' })]),
    code: 'vetting-failed',
    exit: 69,
    says: ['could not be vetted', 'the copy failed'],
    offers: 'what failed is tried anew',
  },
};

describe('each way of not being there', () => {
  test.each(Object.entries(ways))('%s', (_, { ending, seconds, code, exit, says, offers }) => {
    const ended = result(ending);
    const problems = problemsOf(ended, { verb: 'install', seconds });
    const reporter = shown((terminal) => presentResult(ended, problems, terminal));
    expect({ codes: problems.map((one) => one.code), exit: exitOf(ended).exitCode }).toEqual({ codes: [code], exit });
    expect(exitCodes[known[code].exit as ExitReason].code).toBe(exit);
    for (const piece of says) expect(reporter).toContain(piece);
    expect(reporter).toMatch(/^hint: /m);
    expect(reporter.slice(reporter.indexOf('hint: '))).toContain(offers);
    const report = reportOf(ended, problems, { version: '1.0', stack: 'aws' });
    expect(schemaErrors(report)).toEqual([]);
    expect(report.problems[0]?.hint).toContain(offers);
  });

  test('is told by its first words', () => {
    const because = ['no-project', 'no-release', 'no-version', 'no-file', 'yanked', 'constraint', 'conflict'] as const;
    const said = because.map((cause) => whatHappened({ kind: 'NOT_FOUND', because: cause }));
    expect(new Set(said).size).toBe(because.length);
  });

  test('has a way out of its own where no other release will do', () => {
    const offered = new Map<string, string>();
    for (const { ending } of Object.values(ways)) {
      for (const { code, hint, command } of problemsOf(result(ending))) {
        if (command === undefined) offered.set(code, hint);
      }
    }
    expect(new Set(offered.values()).size).toBe(offered.size);
    expect(offered.size).toBeGreaterThan(14);
  });
});

test('what nobody asked for by name is told with what needs it, on the screen and in the report', () => {
  const ended = result(
    refused([fatal({ kind: 'BLOCKED', name: 'deep', version: '1', neededBy: 'app' as ProjectName })]),
  );
  const problems = problemsOf(ended);
  expect(problems).toMatchObject([{ neededBy: 'app', message: expect.stringContaining('needed by app') }]);
  expect(shown((terminal) => presentResult(ended, problems, terminal))).toContain('  needed by app\n');
  expect(schemaErrors(reportOf(ended, problems, { version: '1.0', stack: 'aws' }))).toEqual([]);
});

test('the line to type keeps the extras that were asked for', () => {
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

test('a hold that no unknown signal explains is for a person, and no waiting helps', () => {
  const [known, unknown] = problemsOf(
    result(
      refused([
        fatal({ kind: 'HELD', version: '1', score: { min: 40, max: 40 } }),
        fatal({ kind: 'HELD', version: '1', score: { min: 10, max: 40 } }),
      ]),
    ),
  );
  expect(known?.hint).not.toContain('unknown signals');
  expect(unknown?.hint).toContain('unknown signals');
});

test('too young, and no older one will do: nobody is sent looking for one', () => {
  const [problem] = problemsOf(
    result(refused([fatal({ kind: 'HELD', version: '1', heldUntil: '2026-12-01T00:00:00.000Z' })])),
  );
  expect(problem?.hint).toBe('run the same command again from 2026-12-01T00:00:00.000Z');
});

describe('the report', () => {
  test('of an error of ours fits the schema and names it', () => {
    const error = new AwspipError('repository-unknown', 'no such repository', { exit: 'configuration', hint: 'check' });
    const report = failureReport(error, '1.0');
    expect(schemaErrors(report)).toEqual([]);
    expect(report).toMatchObject({
      exitCode: 78,
      problems: [{ code: 'repository-unknown', errorCode: 'repository-unknown', hint: 'check' }],
    });
    expect(schemaErrors(failureReport(new Error('oops'), '1.0'))).toEqual([]);
  });

  test.each([
    ['token-denied', 'denied', 'token-denied'],
    ['access-denied', 'denied', 'permission-denied'],
    ['aws-denied', 'denied', 'permission-denied'],
    ['aws-throttled', 'unavailable', 'throttled'],
    ['aws-failed', 'unavailable', 'unavailable'],
    ['interrupted', 'interrupted', 'interrupted'],
    ['sso-expired', 'denied', 'error'],
  ] as const)('of %s has the code of what it is, whoever met it first', (errorCode, exit, code) => {
    const [problem] = failureReport(new AwspipError(errorCode, 'x', { exit, hint: 'y' }), '1.0').problems;
    expect(problem).toMatchObject({ code, errorCode });
    if (code !== 'error') expect(known[code].exit).toBe(exit);
  });

  test('of a good day, of an interruption and of no progress fits the schema', () => {
    for (const ending of [
      { kind: 'pip', exitCode: 0 },
      { kind: 'pip', exitCode: 1 },
      { kind: 'interrupted' },
      { kind: 'no-progress', exitCode: 1, requirements: ['six==2'], files: [] },
      { kind: 'no-progress', exitCode: 1, requirements: ['six==2'], files: ['six-2-py3-none-any.whl'] },
    ] as const) {
      const ended = result(ending);
      expect(schemaErrors(reportOf(ended, problemsOf(ended), { version: '1.0', stack: 'local' }))).toEqual([]);
    }
  });

  test('of a lock file that pins other bytes says so, instead of leaving people to look for a release that is there', () => {
    const files = ['six-2-py3-none-any.whl'];
    const [told] = problemsOf(result({ kind: 'no-progress', exitCode: 1, requirements: ['six==2'], files }));
    expect(told?.message).toContain('pins another six-2-py3-none-any.whl than the vetted repository has');
    expect(told?.hint).toContain('awspip lock');
  });

  test('has a schema that knows every obstacle and every reason the code knows, and no other', () => {
    expect(schema.properties.problems.items.properties.code.enum.toSorted()).toEqual(Object.keys(known).toSorted());
    expect(schema.properties.reason.enum.toSorted()).toEqual(['pip', ...Object.keys(exitCodes)].toSorted());
  });

  test('that lacks what the schema asks for does not pass', () => {
    const ended = result({ kind: 'interrupted' });
    const { problems: _, ...incomplete } = reportOf(ended, [], { version: '1.0', stack: 'aws' });
    expect(schemaErrors(incomplete)).not.toEqual([]);
    expect(schemaErrors({ ...incomplete, problems: [{ code: 'invented', message: '', hint: '' }] })).not.toEqual([]);
  });
});

/** As a reader sees it: what JSON drops is not there. */
function schemaErrors(report: object): unknown {
  validate(JSON.parse(JSON.stringify(report)));
  return validate.errors ?? [];
}

const plain = (text: string) => text;

function shown(present: (terminal: Parameters<typeof presentResult>[2]) => void): string {
  let text = '';
  const stream = {
    write: (part: string) => {
      text += part;
    },
  };
  const style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain };
  present({ stdout: stream, stderr: stream, interactive: false, style });
  return text;
}
