import type { InstallEvent, InstallResult } from '../install/types.ts';
import { oneLine } from '../printable.ts';
import { count, list, replacementText, statusTexts, verdictOf } from './messages.ts';
import type { Problem } from './problems.ts';
import type { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** What a build server shows: folded groups, annotations, and a summary page. */
export type Ci = {
  /** `id` is unique within a job. */
  readonly openGroup: (title: string, epochSeconds: number, id: string) => string;
  readonly closeGroup: (epochSeconds: number, id: string) => string;
  /** Returns one annotation. Absent if the server has none. */
  readonly annotation?: (level: 'error' | 'warning', title: string, message: string) => string;
  /** The file that takes Markdown for the summary page. */
  readonly summaryFile?: string | undefined;
};

/** Returns the build server that runs this command, or undefined for none or an unknown one. */
export function ciOf(environment: Readonly<Record<string, string | undefined>>): Ci | undefined {
  if (environment.GITHUB_ACTIONS === 'true') return { ...github, summaryFile: environment.GITHUB_STEP_SUMMARY };
  return environment.GITLAB_CI === 'true' ? gitlab : undefined;
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
const github: Ci = {
  openGroup: (title) => `::group::${escapeData(title)}\n`,
  closeGroup: () => '::endgroup::\n',
  annotation: (level, title, message) => `::${level} title=${escapeProperty(title)}::${escapeData(message)}\n`,
};

const section = 'awspip_vetting';

/** https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections */
const gitlab: Ci = {
  openGroup: (title, at, id) => `\u001b[0Ksection_start:${at}:${section}_${id}\r\u001b[0K${oneLine(title)}\n`,
  closeGroup: (at, id) => `\u001b[0Ksection_end:${at}:${section}_${id}\r\u001b[0K\n`,
};

function escapeData(text: string): string {
  return oneLine(text).replaceAll('%', '%25');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Returns the progress with each vetting folded into a group. */
export function groupedProgress(
  progress: Progress,
  ci: Ci,
  { stderr, now }: Pick<Terminal, 'stderr'> & { readonly now: () => number },
): Progress {
  let open: string | undefined;
  let groups = 0;
  const seconds = () => Math.floor(now() / 1000);
  const close = () => {
    if (open !== undefined) stderr.write(ci.closeGroup(seconds(), open));
    open = undefined;
  };
  return {
    report: (event) => {
      const title = titleOf(event);
      if (title !== undefined) {
        close();
        groups += 1;
        open = `${now()}_${groups}`;
        stderr.write(ci.openGroup(title, seconds(), open));
      }
      if (event.code === 'vetting-ends') close();
      progress.report(event);
    },
    stop: () => {
      progress.stop();
      close();
    },
  };
}

function titleOf(event: InstallEvent): string | undefined {
  if (event.code === 'upgrade-asks') return `awspip: checking ${count(event.projects, 'project')} for newer releases`;
  if (event.code !== 'vetting-begins') return undefined;
  return event.missing.length === 0 ? 'awspip: vetting' : `awspip: vetting ${list(event.missing)}`;
}

/** Returns the code of a problem. For `error`, that of the awspip error. */
function labelOf({ code, errorCode = code }: Problem): string {
  return code === 'error' ? errorCode : code;
}

const maxAnnotations = 10;

/** Returns problems as errors and skipped releases as warnings, which the server shows outside the log. */
export function annotations(
  { annotation }: Ci,
  problems: readonly Problem[],
  { passedOver, releases }: Pick<InstallResult, 'passedOver' | 'releases'> = { passedOver: [], releases: [] },
): readonly string[] {
  if (annotation === undefined) return [];
  const errors = problems.map((problem) =>
    annotation('error', `awspip: ${labelOf(problem)}`, `${problem.message}. Hint: ${problem.hint}`),
  );
  const warnings = passedOver
    .filter(({ kind }) => kind === 'HELD' || kind === 'BLOCKED')
    .map((refusal) => {
      const { name, version } = refusal;
      const release = version === null ? name : `${name} ${version}`;
      return annotation(
        'warning',
        'awspip: skipped',
        `${release} ${verdictOf(refusal)}${replacementText(refusal, releases)}`,
      );
    });
  return [...errors, ...warnings].slice(0, maxAnnotations);
}

const maxRows = 200;

/** Returns the summary of one command as Markdown, or undefined if there is nothing to report. */
export function summaryOf(
  problems: readonly Problem[],
  releases: InstallResult['releases'],
  exitCode: number,
): string | undefined {
  if (problems.length === 0 && releases.length === 0) return undefined;
  const lines = [`### awspip: ${exitCode === 0 ? 'installed' : `exit code ${exitCode}`}`, ''];
  if (problems.length > 0) {
    lines.push('| | problem | hint |', '| --- | --- | --- |');
    for (const problem of problems.slice(0, maxRows)) lines.push(row(labelOf(problem), problem.message, problem.hint));
    lines.push('');
  }
  if (releases.length > 0) {
    lines.push('| release | status |', '| --- | --- |');
    for (const { name, version, status } of releases.slice(0, maxRows))
      lines.push(row(`${name} ${version}`, statusTexts[status]));
    if (releases.length > maxRows) lines.push(row(`and ${releases.length - maxRows} more`, ''));
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Escapes text from outside: no markup, no links (bare addresses included), no mentions, no new cells. */
function cell(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_[\]<>|~#!:@$&]/g, (mark) => `\\${mark}`)
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}\\.`);
}
