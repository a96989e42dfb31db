import { exitCodes } from '../../errors.ts';
import { type Setting, settings } from '../../settings/table.ts';
import type { Output } from '../terminal.ts';
import { type OwnVerb, verbSummaries } from '../verb-names.ts';
import { wrap } from '../wrap.ts';

type Rows = readonly (readonly [left: string, right: string])[];

const commands: Rows = [
  ['awspip install requests', 'install; missing packages are vetted first'],
  ['awspip <pip command> …', 'any other pip command, with its options'],
  ['awspip VERB …', "one of awspip's own verbs, listed below"],
];

/** awspip's own verbs in the order of the help screen. */
export const verbGroups: readonly { readonly title: string; readonly verbs: readonly OwnVerb[] }[] = [
  {
    title: 'Review',
    verbs: ['status', 'holds', 'approvals', 'history', 'explain', 'vet', 'request', 'audit-environment', 'sbom'],
  },
  { title: 'Decide', verbs: ['review', 'approve', 'deny', 'audit', 'policy'] },
  { title: 'Set up', verbs: ['setup', 'shell-completion', 'trust', 'doctor', 'exec', 'file-cache', 'local'] },
];

const options: Rows = [
  ['--awspip-domain=NAME', 'CodeArtifact domain; without one, the local stack is used'],
  ['--awspip-profile=NAME', 'AWS profile'],
  ['--awspip-wait=SECONDS', 'longest wait for a verdict'],
  ['--awspip-report=FILE', 'write one JSON document about the run'],
];

const moreHelp: Rows = [
  ['awspip VERB --help', 'help for one verb, with examples'],
  ['awspip help settings', 'every option, variable and default'],
  ['awspip help exit-codes', 'what each exit code means'],
  ['awspip help pip', "pip's own help"],
  ['awspip help --man', 'a manual page: `awspip help --man | man -l -`'],
];

/** Returns the help screen of awspip. */
export function helpScreen({ style, columns }: Output): string {
  const section = (title: string, rows: Rows) => [style.bold(`${title}:`), ...rowLines(rows, columns), ''];
  const lines = [
    wrap(
      'awspip runs pip against a repository of vetted packages, and requests vetting for missing packages.',
      columns,
    ),
    '',
    ...section('Usage', commands),
    ...verbGroups.flatMap(({ title, verbs }) =>
      section(
        title,
        verbs.map((verb) => [verb, verbSummaries[verb]]),
      ),
    ),
    ...section('Options', options),
    ...section('More help', moreHelp),
  ];
  return lines.join('\n');
}

const leftWidth = 28;

function rowLines(rows: Rows, columns: number): string[] {
  const indent = ' '.repeat(leftWidth);
  return rows.map(([left, right]) => wrap(`  ${left.padEnd(leftWidth - 4)}  ${right}`, columns, indent));
}

/** Returns the exit codes, from the table that the code uses. */
export function exitCodesText({ columns }: Output): string {
  const lines = Object.values(exitCodes).map(({ code, meaning }) =>
    wrap(`${String(code).padStart(4)}  ${meaning}`, columns, '      '),
  );
  return `awspip passes pip's exit codes on. Its own are:\n\n${lines.join('\n')}\n`;
}

const projectFileTexts = {
  yes: 'also under [tool.awspip] in pyproject.toml',
  trusted: 'also under [tool.awspip] in a pyproject.toml that you trust',
} as const;

/** Returns every setting with its option, variables, meaning and default. */
export function settingsText({ style, columns }: Output): string {
  const blocks = (Object.values(settings) as Setting<unknown>[]).map((setting) => {
    const { key, variables, doc, projectFile } = setting;
    const indent = '      ';
    const fallback = fallbackText(setting);
    return [
      style.bold(`--awspip-${key}`),
      wrap(`${indent}${doc}`, columns, indent),
      wrap(`${indent}variable: ${variables.join(', ')}`, columns, indent),
      ...(fallback === '' ? [] : [wrap(`${indent}default: ${fallback}`, columns, indent)]),
      ...(projectFile === 'no' ? [] : [`${indent}${projectFileTexts[projectFile]}`]),
    ].join('\n');
  });
  const head = wrap('Options stand anywhere before `--`. They outrank variables, which outrank files.', columns);
  return `${head}\n\n${blocks.join('\n\n')}\n`;
}

/** Returns the default of a setting for people; an empty text if there is none. */
export function fallbackText({ fallback, fallbackDoc }: Setting<unknown>): string {
  if (fallbackDoc !== undefined) return fallbackDoc;
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  return fallback === undefined ? '' : String(fallback);
}
