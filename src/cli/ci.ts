import type { InstallEvent, InstallResult } from '../install/types.ts';
import { oneLine } from '../printable.ts';
import type { Refusal } from '../vetting/types.ts';
import { count, list } from './messages.ts';
import type { Problem } from './problems.ts';
import type { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** What a build server makes of marked lines: folded groups, annotations beside the run, a summary page. */
export type Ci = {
  /** `id` is another for each group of a job. */
  readonly openGroup: (title: string, epochSeconds: number, id: string) => string;
  readonly closeGroup: (epochSeconds: number, id: string) => string;
  /** One marked line; undefined where the server knows no annotations. */
  readonly annotation?: (level: 'error' | 'warning', title: string, message: string) => string;
  /** File that takes Markdown for the run's page. */
  readonly summaryFile?: string | undefined;
};

/** The build server that runs this command, if it is one whose marks we know. */
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

/** The given progress with every vetting folded into a group of its own. */
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
  if (event.code === 'upgrade-asks') return `awspip: looking for newer releases of ${count(event.projects, 'project')}`;
  if (event.code !== 'vetting-begins') return undefined;
  return event.missing.length === 0 ? 'awspip: vetting' : `awspip: vetting ${list(event.missing)}`;
}

/** `error` says nothing; which of ours it was does. */
function labelOf({ code, errorCode = code }: Problem): string {
  return code === 'error' ? errorCode : code;
}

const maxAnnotations = 10;

/** What stood in the way as errors, what was passed over as warnings: the server shows them without the log. */
export function annotations(
  { annotation }: Ci,
  problems: readonly Problem[],
  passedOver: readonly Refusal[] = [],
): readonly string[] {
  if (annotation === undefined) return [];
  const errors = problems.map((problem) =>
    annotation('error', `awspip: ${labelOf(problem)}`, `${problem.message}. Way out: ${problem.hint}`),
  );
  const warnings = passedOver.map(({ name, version, kind }) =>
    annotation('warning', 'awspip: passed over', `${name} ${version ?? ''} is ${kind}; an older release was taken`),
  );
  return [...errors, ...warnings].slice(0, maxAnnotations);
}

const maxRows = 200;

/** The summary of one command as Markdown; undefined when there is nothing to tell. */
export function summaryOf(
  problems: readonly Problem[],
  releases: InstallResult['releases'],
  exitCode: number,
): string | undefined {
  if (problems.length === 0 && releases.length === 0) return undefined;
  const lines = [`### awspip: ${exitCode === 0 ? 'installed' : `exit code ${exitCode}`}`, ''];
  if (problems.length > 0) {
    lines.push('| | what stood in the way | way out |', '| --- | --- | --- |');
    for (const problem of problems.slice(0, maxRows)) lines.push(row(labelOf(problem), problem.message, problem.hint));
    lines.push('');
  }
  if (releases.length > 0) {
    lines.push('| release | vetted |', '| --- | --- |');
    for (const { name, version, status } of releases.slice(0, maxRows)) lines.push(row(`${name} ${version}`, status));
    if (releases.length > maxRows) lines.push(row(`and ${releases.length - maxRows} more`, ''));
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Words of strangers stay words: no markup, no links (of bare addresses neither), no mentions, no new cells. */
function cell(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_[\]<>|~#!:@$&]/g, (mark) => `\\${mark}`)
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}\\.`);
}
