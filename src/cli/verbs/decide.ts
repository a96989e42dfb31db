import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { satisfies } from '../../index/versions.ts';
import { oneLine } from '../../printable.ts';
import { type ReopenResult, reopenRequests } from '../../review/reopen.ts';
import { parseSpec, readReason, readUntil, shellQuote } from '../../review/spec.ts';
import type { Records, ReviewService } from '../../review/types.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Approval } from '../../vetting/types.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { count, list } from '../messages.ts';
import { localTime } from '../times.ts';
import { verbSummaries } from '../verb-names.ts';

type Flags = {
  readonly reason: string;
  readonly until?: string;
  readonly owner?: string;
  readonly evenMalware?: boolean;
  readonly json?: boolean;
};

const descriptions = {
  approve:
    'Records an exception with a reason, an owner and an optional end. It outranks points, holds and blocks; known malware needs `--even-malware`. A vetted release stays vetted when the approval expires. The newest decision about a release counts, so `awspip deny` revokes an approval.',
  deny: 'Blocks releases that the policy allows. A release that is already in the vetted repository is archived by the next recheck of the deployment; the local stack keeps it.',
} as const;

/** Adds `awspip approve` and `awspip deny`, which record a person's decision with its reason, owner and end. */
export function addDecisions(program: Command, resolved: ResolvedSettings, context: Context): void {
  for (const kind of ['approve', 'deny'] as const) {
    const command = program
      .command(kind)
      .summary(verbSummaries[kind])
      .description(descriptions[kind])
      .argument('<spec>', 'a project, or versions of it: `request2==0.2`')
      .requiredOption('--reason <text>', 'why; kept in the record')
      .option('--until <date>', 'last day of the decision: `2027-01-31`; default: no end')
      .option('--owner <name>', 'who is responsible; default: you')
      .option('--json', 'print one JSON document');
    if (kind === 'approve') command.option('--even-malware', 'also if an advisory reports malware');
    command.action(async (spec: string, flags: Flags) => {
      const reviewService = await (await context.compose(resolved)).reviewService();
      const approval = newDecision(kind, spec, flags, reviewService);
      const mode = decideMode(resolved, context.environment.CI);
      const records = await reviewService.records(mode);
      await write(records, approval);
      const reopened = await reopenRequests(records, approval);
      const stillInRepository = kind === 'deny' ? await vettedVersions(records, approval) : [];
      context.terminal.stdout.write(
        flags.json
          ? jsonDocument({ ...approval, ...reopened, stillInRepository })
          : `${[
              ...decisionLines(approval, reopened, reviewService.now()),
              ...removalLines(approval, stillInRepository, resolved),
            ].join('\n')}\n`,
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
    owner: oneLine(flags.owner ?? userName).slice(0, 100),
    enteredBy: oneLine(userName).slice(0, 100),
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
    throw new AwspipError('decision-denied', `these credentials may not ${approval.kind} releases: ${error.message}`, {
      exit: 'denied',
      hint: `ask an approver (\`dynamodb:PutItem\` on the table) to run \`awspip ${approval.kind} ${shellQuote(`${approval.name}${approval.specifier}`)} --reason "…"\``,
      cause: error,
    });
  }
}

/** Returns the versions that a decision covers and that are in the vetted repository. A denial does not remove them. */
async function vettedVersions(records: Records, { name, specifier }: Approval): Promise<readonly string[]> {
  const releases = await records.releasesOf(name);
  return releases
    .filter(({ status, wasSecure }) => status === 'SECURE' || wasSecure === true)
    .map(({ version }) => version)
    .filter((version) => specifier === '' || satisfies(version, specifier, { prereleases: true }));
}

/** Returns which denied versions are still in the repository, and the command that removes them. */
function removalLines({ name }: Approval, versions: readonly string[], { values }: ResolvedSettings): string[] {
  if (versions.length === 0) return [];
  const fact = `still in the vetted repository: ${list(versions)}`;
  const { domain, repository } = values;
  if (domain === undefined) return [fact];
  const where = `--domain ${shellQuote(domain)} --repository ${shellQuote(repository)} --format pypi --package ${name}`;
  return [
    `${fact}; the next recheck archives it, and this command deletes it now:`,
    `  aws codeartifact delete-package-versions ${where} --versions ${versions.map(shellQuote).join(' ')}`,
  ];
}

/** Returns the decision and what it starts. `now` in epoch milliseconds. */
function decisionLines(approval: Approval, { reopened, started, failure }: ReopenResult, now: number): string[] {
  const { name, specifier, kind, owner, expiresAt, evenMalware, id } = approval;
  const releases = specifier === '' ? `every version of ${name}` : `${name}${specifier}`;
  const end = expiresAt === undefined ? 'no end' : `until ${localTime(expiresAt, now)}`;
  return [
    `${kind === 'approve' ? 'approved' : 'denied'} ${releases} by ${oneLine(owner)}, ${end} (id ${id})`,
    ...(evenMalware === true ? ['also if an advisory reports malware'] : []),
    reopenedText(reopened, started),
    ...(failure === undefined ? [] : [`some requests could not be reopened: ${oneLine(failure)}`]),
  ];
}

function reopenedText(reopened: number, started: number): string {
  if (reopened === 0) return 'takes effect with the next request';
  const requests = count(reopened, 'request');
  if (started === reopened) return `restarted ${requests}; run the install again`;
  return `reopened ${requests}${started === 0 ? '' : ` and restarted ${started}`}; run the install again`;
}
