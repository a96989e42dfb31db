import { oneLine, printable } from '../../printable.ts';

/** A test case: passed without an outcome. */
export type JunitCase = {
  readonly name: string;
  readonly outcome?: JunitOutcome | undefined;
};

export type JunitOutcome = {
  /** `error`: there is no verdict, because something failed. */
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
  /** Further lines. */
  readonly details: readonly string[];
};

export type JunitSuite = { readonly name: string; readonly id?: string; readonly cases: readonly JunitCase[] };

/**
 * Returns JUnit XML as Jenkins' xUnit plugin, GitLab and others read it. The plugin's schema has no place for a file and
 * line, so they belong in the details.
 *
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 */
export function junitDocument(name: string, suites: readonly JunitSuite[]): string {
  const { tests, failures, errors } = countsOf(suites.flatMap(({ cases }) => cases));
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${xml(name)}" tests="${tests}" failures="${failures}" errors="${errors}">
${suites.map((suite) => suiteText(suite, name)).join('')}</testsuites>
`;
}

function suiteText({ name, id, cases }: JunitSuite, className: string): string {
  const { tests, failures, errors, skipped } = countsOf(cases);
  const identity = id === undefined ? '' : ` id="${xml(id)}"`;
  return ` <testsuite name="${xml(name)}"${identity} tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}">
${cases.map((each) => caseText(each, className)).join('')} </testsuite>
`;
}

function caseText({ name, outcome }: JunitCase, className: string): string {
  const start = `  <testcase classname="${xml(className.replaceAll(' ', '.'))}" name="${xml(name)}"`;
  if (outcome === undefined) return `${start}/>\n`;
  const { kind, type, message, details } = outcome;
  const text = details.map((line) => xml(oneLine(line))).join('\n');
  return `${start}>
   <${kind} type="${xml(type)}" message="${xml(message)}">${text}</${kind}>
  </testcase>
`;
}

function countsOf(cases: readonly JunitCase[]) {
  const count = (kind: JunitOutcome['kind']) => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  return { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
}

/** Escapes text for XML 1.0, and removes control characters and what XML cannot hold. */
function xml(text: string): string {
  return oneLine(printable(text))
    .replace(/[^\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (symbol) => `&#${symbol.charCodeAt(0)};`);
}
