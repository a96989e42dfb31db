import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { type Decided, type DecisionPorts, makeDecisions, maxSpecs, specsOfRequest } from '../../review/decide-all.ts';
import { parseSpec, shellQuote } from '../../review/spec.ts';
import { readSpecLines } from '../../review/spec-file.ts';
import type { ReviewService } from '../../review/types.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Approval } from '../../vetting/types.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { count } from '../messages.ts';
import { decisionsMadeText } from '../review/decision-text.ts';
import { verbSummaries } from '../verb-names.ts';

type Flags = {
  readonly reason: string;
  readonly requirement?: readonly string[];
  readonly fromRequest?: string;
  readonly until?: string;
  readonly days?: string;
  readonly owner?: string;
  readonly evenMalware?: boolean;
  readonly remove?: boolean;
  readonly restore?: boolean;
  readonly json?: boolean;
};

const descriptions = {
  approve:
    'Records exceptions with a reason, an owner and an end. The policy sets the default end and the latest one. An approval outranks points, holds and blocks; known malware needs `--even-malware`. A vetted release stays vetted when the approval expires. The newest decision about a release counts, so `awspip deny` revokes an approval.',
  deny: 'Blocks releases that the policy allows. Releases that are already in the vetted repository stay there until `--remove` archives them, or the next recheck of a deployment on AWS.',
} as const;

/** Adds `awspip approve` and `awspip deny`, which record people's decisions with their reason, owner and end. */
export function addDecisions(program: Command, resolved: ResolvedSettings, context: Context): void {
  for (const kind of ['approve', 'deny'] as const) {
    const command = program
      .command(kind)
      .summary(verbSummaries[kind])
      .description(descriptions[kind])
      .argument('[spec...]', 'projects, or versions of them: `request2==0.2`')
      .requiredOption('--reason <text>', 'why; kept in the record')
      .option('-r, --requirement <file>', 'a file with one release per line', collect)
      .option('--from-request <id>', 'everything that stops this request')
      .option('--until <date>', 'last day of the decision: `2027-01-31`; default: what the policy says, or no end')
      .option('--days <number>', 'the same in days from now')
      .option('--owner <name>', 'who is responsible; default: you')
      .option('--json', 'print one JSON document');
    if (kind === 'approve') {
      command
        .option('--even-malware', 'also if an advisory reports malware')
        .option('--restore', 'publish archived releases in the vetted repository again');
    } else {
      command.option('--remove', 'archive the releases in the vetted repository; nothing is deleted');
    }
    command.action((specs: readonly string[], flags: Flags) => decide(kind, specs, flags, resolved, context));
  }
}

const collect = (file: string, files: readonly string[] = []): readonly string[] => [...files, file];

async function decide(
  kind: Approval['kind'],
  given: readonly string[],
  flags: Flags,
  resolved: ResolvedSettings,
  context: Context,
): Promise<void> {
  const { terminal } = context;
  const service = await (await context.compose(resolved)).reviewService();
  const fromFiles = await specsOfFiles(flags.requirement ?? [], service);
  const checked = [...given, ...fromFiles].map(parseSpec);
  if (checked.length === 0 && flags.fromRequest === undefined) throw nothingToDecide(kind);
  const mode = decideMode(resolved, context.environment.CI);
  const isTold = terminal.interactive || given.length + fromFiles.length > 1 || flags.fromRequest !== undefined;
  const onStep = (text: string) => {
    if (isTold && flags.json !== true) terminal.stderr.write(`awspip: ${text}\n`);
  };
  const decided = await translated(kind, given, async () => {
    const records = await service.records(mode);
    const requested = flags.fromRequest === undefined ? [] : await specsOfRequest(records, flags.fromRequest);
    const specs = distinct([...checked, ...requested.map(parseSpec)]);
    if (specs.length > maxSpecs) throw tooMany(specs.length);
    if (specs.length > 1) onStep(`${kind === 'approve' ? 'approving' : 'denying'} ${count(specs.length, 'release')}`);
    const { now, unique, userName, firewall } = service;
    const ports: DecisionPorts = {
      ...{ records, now, unique, userName, firewall, onStep },
      notes: await service.policyNotes(mode),
    };
    const { reason, owner, until, days, evenMalware = false, remove, restore } = flags;
    const changesRepository = remove === true || restore === true;
    return makeDecisions({ kind, specs, reason, owner, end: { until, days }, evenMalware, changesRepository }, ports);
  });
  const text =
    flags.json === true ? jsonDocument(documentOf(decided)) : decisionsMadeText(decided, resolved, service.now());
  terminal.stdout.write(text);
}

/** Returns the JSON document. If there is one decision, its members are also at the top. */
function documentOf({ results, ...reopened }: Decided): object {
  const decisions = results.map(({ decision, ...effects }) => ({ ...decision, ...effects }));
  return { ...(decisions.length === 1 ? decisions[0] : {}), ...reopened, decisions };
}

function distinct<T extends { readonly name: string; readonly specifier: string }>(specs: readonly T[]): readonly T[] {
  return [...new Map(specs.map((spec) => [`${spec.name} ${spec.specifier}`, spec])).values()];
}

const maxFileBytes = 1_048_576;

async function specsOfFiles(files: readonly string[], { readStart }: ReviewService): Promise<readonly string[]> {
  const specs: string[] = [];
  for (const file of files) specs.push(...readSpecLines(await readStart(file, maxFileBytes), file));
  return specs;
}

function nothingToDecide(kind: Approval['kind']): AwspipError {
  return new AwspipError('no-releases', 'no release is named', {
    exit: 'usage',
    hint: `name releases, a file with \`-r FILE\`, or a request with \`--from-request ID\`; see \`awspip ${kind} --help\``,
  });
}

function tooMany(number: number): AwspipError {
  return new AwspipError('too-many-releases', `${number} releases are more than ${maxSpecs}`, {
    exit: 'usage',
    hint: 'divide the list into several commands',
  });
}

/** Names the command for an approver if these credentials may not decide. */
async function translated<T>(kind: Approval['kind'], given: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwspipError) || error.exit !== 'denied') throw error;
    const releases = given.map(shellQuote).join(' ');
    throw new AwspipError('decision-denied', `these credentials may not ${kind} releases: ${error.message}`, {
      exit: 'denied',
      hint: `ask an approver (\`dynamodb:PutItem\` on the table) to run \`awspip ${kind} ${releases} --reason "…"\``,
      cause: error,
    });
  }
}
