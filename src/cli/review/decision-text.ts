import { oneLine } from '../../printable.ts';
import type { Decided, DecisionResult } from '../../review/decide-all.ts';
import { releaseArgument, shellQuote } from '../../review/spec.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { count, list } from '../messages.ts';
import { localTime } from '../times.ts';

/** Returns the decisions and what they start. `now` in epoch milliseconds. */
export function decisionsMadeText(decided: Decided, settings: ResolvedSettings, now: number): string {
  const { results, failure } = decided;
  const lines = [
    ...results.flatMap((result) => resultLines(result, settings, now)),
    reopenedText(decided),
    ...(failure === undefined ? [] : [`some requests could not be reopened: ${oneLine(failure)}`]),
    ...results.flatMap((result) => repositoryLines(result, settings)),
  ];
  return `${lines.join('\n')}\n`;
}

function resultLines({ decision, malware }: DecisionResult, _: ResolvedSettings, now: number): string[] {
  const { name, specifier, kind, owner, expiresAt, evenMalware, id } = decision;
  const releases = specifier === '' ? `every version of ${name}` : `${name}${specifier}`;
  const end = expiresAt === undefined ? 'no end' : `until ${localTime(expiresAt, now)}`;
  return [
    `${kind === 'approve' ? 'approved' : 'denied'} ${releases} by ${oneLine(owner)}, ${end} (id ${id})`,
    ...(evenMalware === true ? ['also if an advisory reports malware'] : []),
    ...(malware.length === 0
      ? []
      : [`not ${list(malware.map((version) => `${name} ${version}`))}: an advisory reports malware`]),
  ];
}

function reopenedText({ reopened, started }: Decided): string {
  if (reopened === 0) return 'takes effect with the next request';
  const requests = count(reopened, 'request');
  if (started === reopened) return `restarted ${requests}; run the install again`;
  return `reopened ${requests}${started === 0 ? '' : ` and restarted ${started}`}; run the install again`;
}

/** Returns which denied versions are still in the repository, what was archived, and the commands that change it. */
function repositoryLines(
  { decision, stillInRepository, repository }: DecisionResult,
  { values }: ResolvedSettings,
): string[] {
  const { name, kind, specifier } = decision;
  const changed = repository?.changed ?? [];
  const failed = Object.entries(repository?.failed ?? {});
  const argument = specifier === '' ? releaseArgument({ name }) : shellQuote(`${name}${specifier}`);
  return [
    ...(changed.length === 0
      ? []
      : kind === 'deny'
        ? [
            `archived in the vetted repository: ${list(changed)}; this command reverses it:`,
            `  awspip approve ${argument} --restore --reason "…"`,
          ]
        : [`published in the vetted repository again: ${list(changed)}`]),
    ...failed.map(
      ([version, why]) => `could not change ${name} ${oneLine(version)} in the vetted repository: ${oneLine(why)}`,
    ),
    ...(stillInRepository.length === 0
      ? []
      : [
          `still in the vetted repository: ${list(stillInRepository)}; ${values.domain === undefined ? '' : 'the next recheck archives it, and '}this command archives it now:`,
          `  awspip deny ${argument} --remove --reason "…"`,
        ]),
  ];
}
