import { expect, test } from 'vitest';
import { annotations, ciOf, groupedProgress, summaryOf } from '../../src/cli/ci.ts';
import { describeRefusal } from '../../src/cli/messages.ts';
import { problemsOf } from '../../src/cli/problems.ts';
import type { Progress } from '../../src/cli/progress.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectName } from '../../src/index/types.ts';
import type { InstallEvent } from '../../src/install/types.ts';
import { printable } from '../../src/printable.ts';
import { fatal, refused, result } from './endings.ts';

const github = ciOf({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: '/summary.md' })!;
const gitlab = ciOf({ GITLAB_CI: 'true' })!;

const begins: InstallEvent = { code: 'vetting-begins', missing: ['six'], round: 1, wider: false };
const ends: InstallEvent = {
  code: 'vetting-ends',
  vetted: 1,
  seconds: 1,
  answer: (refused([]) as Extract<ReturnType<typeof refused>, { kind: 'vetting' }>).answer,
};

/** Returns what a run of events writes, with the plain progress as `<code>` lines. */
function written(ci: typeof github, events: readonly InstallEvent[]): string {
  let text = '';
  const stderr = {
    write: (part: string) => {
      text += part;
    },
  };
  const inner: Progress = { report: ({ code }) => stderr.write(`<${code}>\n`), stop: () => stderr.write('<stop>\n') };
  const progress = groupedProgress(inner, ci, { stderr, now: () => 7_500 });
  for (const event of events) progress.report(event);
  progress.stop();
  return text;
}

test('only GitHub Actions and GitLab are known build servers', () => {
  expect(ciOf({ CI: 'true' })).toBeUndefined();
  expect(ciOf({ GITHUB_ACTIONS: 'false' })).toBeUndefined();
});

test('GitHub Actions folds each vetting into a group that ends before the verdict', () => {
  expect(written(github, [begins, ends])).toBe(
    '::group::awspip: vetting six\n<vetting-begins>\n::endgroup::\n<vetting-ends>\n<stop>\n',
  );
});

test('GitLab folds each vetting into a section with times', () => {
  expect(written(gitlab, [begins, ends])).toBe(
    '\u001b[0Ksection_start:7:awspip_vetting_7500_1\r\u001b[0Kawspip: vetting six\n<vetting-begins>\n' +
      '\u001b[0Ksection_end:7:awspip_vetting_7500_1\r\u001b[0K\n<vetting-ends>\n<stop>\n',
  );
});

test('a vetting that is cut short leaves no open group', () => {
  expect(written(github, [begins])).toMatch(/<stop>\n::endgroup::\n$/);
});

test('two vettings in one job are two sections', () => {
  const text = written(gitlab, [begins, ends, begins, ends]);
  const names = (mark: string) => [...text.matchAll(new RegExp(`${mark}:7:(\\w+)`, 'g'))].map(([, name]) => name);
  expect(new Set(names('section_start')).size).toBe(2);
  expect(names('section_end')).toEqual(names('section_start'));
});

test('a problem is an error annotation, and text from an index cannot become a command', () => {
  const hostile = 'a detail\n::set-output name=x::y\r\n100% sure';
  const problems = problemsOf(result(refused([fatal({ because: 'no-version', name: 'six', detail: hostile })])));
  const lines = annotations(github, problems);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^::error title=awspip%3A unknown-version::`six` has no such version: a detail : :set-output/,
  );
  expect(lines[0]).toContain('100%25 sure. Hint: check the version');
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(annotations(gitlab, problems)).toEqual([]);
});

test('a time in an annotation is ISO 8601, because people read it later and elsewhere', () => {
  const heldUntil = '2026-12-01T00:00:00.000Z';
  const [line] = annotations(github, problemsOf(result(refused([fatal({ kind: 'HELD', version: '2', heldUntil })]))));
  expect(line).toContain(`a 2 is on hold, within cooldown: allowed from ${heldUntil}. Hint: `);
});

test('a skipped release is a warning annotation', () => {
  const skipped = [
    fatal({ kind: 'HELD', name: 'six', version: '2', fatal: false }),
    fatal({ kind: 'BLOCKED', name: 'old', version: null, fatal: false }),
    fatal({ kind: 'ERROR', name: 'broken', version: '1', fatal: false }),
  ];
  const releases = [{ name: normaliseName('six'), version: '1', status: 'SECURE' as const }];
  expect(annotations(github, [], { passedOver: skipped, releases })).toEqual([
    '::warning title=awspip%3A skipped::six 2 is on hold; chose 1 instead\n',
    '::warning title=awspip%3A skipped::old is blocked\n',
  ]);
});

test('text from an index becomes no link, mention or formula in the summary', () => {
  const detail = 'see https://evil.example, www.evil.example, me@evil.example, @team, $x$ :smile:';
  const text = summaryOf(problemsOf(result(refused([fatal({ because: 'no-version', detail })]))), [], 12) ?? '';
  expect(text).toContain(
    'see https\\://evil.example, www\\.evil.example, me\\@evil.example, \\@team, \\$x\\$ \\:smile\\:',
  );
});

test('text from an index is no command of the build server, on any line that awspip prints', () => {
  const hostile = '::stop-commands::x\n::add-mask::e\n  ::error::x ##[add-mask]e';
  const refusal = fatal({ kind: 'ERROR', version: '1', detail: hostile, reasons: [{ text: hostile }] });
  const lines = describeRefusal(refusal, 0, plainStyle).split('\n');
  for (const line of [...lines, ...printable(hostile).split('\n')]) {
    expect(line).not.toMatch(/^\s*::|##\[/);
  }
  expect(printable('std::move and a::b')).toBe('std::move and a::b');
});

test('the summary lists problems and releases, without markup from outside', () => {
  const problems = problemsOf(
    result(refused([fatal({ because: 'no-version', name: 'six', detail: '<img src=x> | [a](http://b)' })])),
  );
  const releases = [{ name: 'six' as ProjectName, version: '1.17.0', status: 'SECURE' as const }];
  const text = summaryOf(problems, releases, 12) ?? '';
  expect(text).toContain('### awspip: exit code 12');
  expect(text).toContain('\\<img src=x\\> \\| \\[a\\](http\\://b)');
  expect(text).toContain('| six 1.17.0 | vetted |');
  expect(summaryOf([], [], 0)).toBeUndefined();
});
