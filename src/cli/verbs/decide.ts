import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { satisfies } from '../../index/versions.ts';
import { printable } from '../../printable.ts';
import { type ReopenResult, reopenRequests } from '../../review/reopen.ts';
import { parseSpec, readReason, readUntil, shellQuote } from '../../review/spec.ts';
import type { Records, ReviewService } from '../../review/types.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Approval } from '../../vetting/types.ts';
import type { Context } from '../context.ts';
import { count, list } from '../messages.ts';

type Flags = {
  readonly reason: string;
  readonly until?: string;
  readonly owner?: string;
  readonly evenMalware?: boolean;
  readonly json: boolean;
};

const kinds = {
  approve: {
    summary: 'let a release in that the policy holds or refuses',
    description:
      'An exception with a reason, an owner and, with --until, an end. It passes points, holds and blocks, and known malware only with --even-malware. What came in stays in when it lapses. The newest word about a release counts: `awspip deny` takes an approval back.',
  },
  deny: {
    summary: 'keep a release out that the policy would let in',
    description:
      'Refuses what the policy would let in. A release that is in the vetted repository already is switched off by the deployed system’s next recheck; the local stack keeps it.',
  },
} as const;

/** `awspip approve` and `awspip deny`: a person's exception, kept with reason, owner and end. */
export function addDecisions(program: Command, resolved: ResolvedSettings, context: Context): void {
  for (const kind of ['approve', 'deny'] as const) {
    const command = program
      .command(kind)
      .summary(kinds[kind].summary)
      .description(kinds[kind].description)
      .argument('<spec>', 'a project, or which versions of it: `request2==0.2`')
      .requiredOption('--reason <text>', 'why, for whoever reads the record')
      .option('--until <date>', 'last day it counts, `2027-01-31`; without it there is no end')
      .option('--owner <name>', 'who answers for it, when that is not who types')
      .option('--json', 'one JSON document on stdout', false);
    if (kind === 'approve') command.option('--even-malware', 'also where an advisory calls the release malware');
    command.action(async (spec: string, flags: Flags) => {
      const reviewService = await (await context.compose(resolved)).reviewService();
      const approval = newDecision(kind, spec, flags, reviewService);
      const mode = decideMode(resolved, context.environment.CI);
      const records = await reviewService.records(mode);
      await write(records, approval);
      const reopened = await reopenRequests(records, approval);
      const inside = kind === 'deny' ? await stillInside(records, approval) : [];
      context.terminal.stdout.write(
        flags.json
          ? `${JSON.stringify({ ...approval, ...reopened, stillInRepository: inside }, null, 2)}\n`
          : decisionText(approval, reopened, inside.length === 0 ? [] : insideLines(approval, inside, resolved)),
      );
    });
  }
}

function newDecision(
  kind: Approval['kind'],
  spec: string,
  flags: Flags,
  { now, userName, unique }: ReviewService,
): Approval {
  const { name, specifier } = parseSpec(spec);
  const at = now();
  return {
    id: unique().slice(0, 13),
    name,
    specifier,
    kind,
    reason: readReason(flags.reason),
    owner: printable(flags.owner ?? userName).slice(0, 100),
    enteredBy: printable(userName).slice(0, 100),
    evenMalware: flags.evenMalware,
    expiresAt: flags.until === undefined ? undefined : readUntil(flags.until, at),
    createdAt: new Date(at).toISOString(),
  };
}

async function write(records: Records, approval: Approval): Promise<void> {
  try {
    await records.putApproval(approval);
  } catch (error) {
    if (!(error instanceof AwspipError) || error.exit !== 'denied') throw error;
    throw new AwspipError('decision-denied', `you may not ${approval.kind} releases here: ${error.message}`, {
      exit: 'denied',
      hint: `ask someone with the right (\`dynamodb:PutItem\` on the table) to type \`awspip ${approval.kind} ${shellQuote(`${approval.name}${approval.specifier}`)} --reason "…"\``,
      cause: error,
    });
  }
}

/** Denied versions that are in the vetted repository: denying does not take them out. */
async function stillInside(records: Records, { name, specifier }: Approval): Promise<readonly string[]> {
  const releases = await records.releasesOf(name);
  return releases
    .filter(({ status, wasSecure }) => status === 'SECURE' || wasSecure === true)
    .map(({ version }) => version)
    .filter((version) => specifier === '' || satisfies(version, specifier, { prereleases: true }));
}

/** Denying takes nothing out of the repository by itself: the line for whoever keeps it. */
function insideLines({ name }: Approval, inside: readonly string[], { values }: ResolvedSettings): string[] {
  const said = `still in the vetted repository: ${list(inside)}`;
  const { domain, repository } = values;
  if (domain === undefined) return [said];
  const where = `--domain ${shellQuote(domain)} --repository ${shellQuote(repository)} --format pypi --package ${name}`;
  return [
    `${said}; the next recheck switches it off, and this does at once:`,
    `  aws codeartifact delete-package-versions ${where} --versions ${inside.map(shellQuote).join(' ')}`,
  ];
}

/** What was decided and what it sets going. */
function decisionText(
  approval: Approval,
  { reopened, started, failure }: ReopenResult,
  more: readonly string[],
): string {
  const { name, specifier, kind, owner, expiresAt, evenMalware, id } = approval;
  const what = specifier === '' ? `every version of ${name}` : `${name}${specifier}`;
  const end = expiresAt === undefined ? 'without an end' : `until ${expiresAt}`;
  const lines = [
    `${kind === 'approve' ? 'approved' : 'denied'} ${what} by ${printable(owner)}, ${end} (${id})`,
    ...(evenMalware === true ? ['even where an advisory calls it malware'] : []),
    reopenedLine(reopened, started),
    ...(failure === undefined ? [] : [`not every request could be re-opened: ${printable(failure)}`]),
    ...more,
  ];
  return `${lines.join('\n')}\n`;
}

function reopenedLine(reopened: number, started: number): string {
  if (reopened === 0) return 'it counts from the next request on';
  const running = started === 0 ? '' : `, ${started} of them being vetted now`;
  return `re-opened ${count(reopened, 'request')}${running}: run the install again`;
}
