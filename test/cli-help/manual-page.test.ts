import { describe, expect, test } from 'vitest';
import { manualPage } from '../../src/cli/help/manual-page.ts';
import { roffSentence, roffText } from '../../src/cli/help/roff.ts';
import { ownVerbs } from '../../src/cli/verb-names.ts';
import { exitCodes } from '../../src/errors.ts';
import { verbNames } from '../../src/pip/options.ts';
import { settings } from '../../src/settings/table.ts';
import { ownVerbTable } from '../helpers/documented-commands.ts';

const page = manualPage(ownVerbTable(), { version: '1.2.3', date: new Date(0) });
/** The page with escapes undone. */
const text = page
  .replace(/\\f[BRI]/g, '')
  .replaceAll('\\-', '-')
  .replaceAll('\\(aq', "'");

describe('the manual page', () => {
  test('begins with its name, the day and the version', () => {
    expect(text.split('\n')[0]).toBe('.TH AWSPIP 1 1970-01-01 "awspip 1.2.3" "User Commands"');
  });

  test('names every verb, with the verbs below it', () => {
    for (const verb of ownVerbs) expect(text).toMatch(new RegExp(`^\\.TP\nawspip ${verb}\\b`, 'm'));
    expect(text).toContain('\nawspip policy replay ');
  });

  test('names every command of pip, but not search', () => {
    const [, listed = ''] = /exit codes:\n(.+)\.\n/.exec(text) ?? [];
    expect(listed.split(', ')).toEqual(verbNames().filter((verb) => verb !== 'search'));
  });

  test('names every setting and variable', () => {
    for (const { key, variables } of Object.values(settings)) {
      expect(text).toContain(`\n--awspip-${key}=VALUE\n`);
      expect(text).toContain(`\n${variables.join(', ')}\n--awspip-${key}\n`);
    }
  });

  test('names every exit code with its meaning', () => {
    for (const { code, meaning } of Object.values(exitCodes)) expect(text).toContain(`\n.TP\n${code}\n${meaning}\n`);
  });
});

describe('text in roff', () => {
  test.each([
    ['.TH at the start', '\\&.TH at the start'],
    ["'quoted'", '\\(aqquoted\\(aq'],
    ['a\\fBb', 'a\\efBb'],
    ['--option … ~/x', '\\-\\-option \\[u2026] \\(ti/x'],
    ['two\nlines', 'two lines'],
  ])('%j is no command, and keeps its characters', (from, to) => {
    expect(roffText(from)).toBe(to);
  });

  test('what stands in backticks is bold', () => {
    expect(roffSentence('run `awspip x` or `y')).toBe('run \\fBawspip x\\fR or \\(gay');
  });
});
