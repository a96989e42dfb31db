import type { ProjectName } from '../index/types.ts';
import { fitsGlob, isCurrent } from './lists.ts';
import type { IgnoredAdvisory, Policy } from './policy.ts';
import type { Signal, Signals } from './types.ts';

type Judged = {
  readonly name: ProjectName;
  readonly signals: Signals;
  readonly policy: Policy;
  /** Epoch milliseconds. */
  readonly now: number;
};

/** Leaves out the advisories that the policy ignores. A note on the signal names them with the reasons. */
export function withoutIgnored<Input extends Judged>(input: Input): Input {
  const { policy, signals, name, now } = input;
  const entries = policy.ignore.filter(
    (entry) =>
      isCurrent(entry, now) && (entry.names === undefined || entry.names.some((pattern) => fitsGlob(pattern, name))),
  );
  if (entries.length === 0) return input;
  const malwareEntries = entries.filter(({ malware }) => malware === true);
  const malware = leaveOut(signals.malware, malwareEntries, (id) => [id]);
  const { vulnerabilities: found } = signals;
  const vulnerabilities = found && leaveOut(found, entries, ({ id, aliases = [] }) => [id, ...aliases]);
  return { ...input, signals: { ...signals, malware, ...(vulnerabilities && { vulnerabilities }) } };
}

function leaveOut<T>(
  signal: Signal<readonly T[]>,
  entries: readonly IgnoredAdvisory[],
  idsOf: (advisory: T) => readonly string[],
): Signal<readonly T[]> {
  if (!signal.known) return signal;
  const entryOf = (advisory: T): IgnoredAdvisory | undefined =>
    entries.find(({ id }) => idsOf(advisory).some((each) => each.toLowerCase() === id.toLowerCase()));
  const ignored = signal.value.map(entryOf).filter((entry) => entry !== undefined);
  if (ignored.length === 0) return signal;
  const texts = ignored.slice(0, 5).map(({ id, reason }) => `${id} (${reason})`);
  const note = `the policy ignores ${texts.join(', ')}`;
  return { ...signal, value: signal.value.filter((advisory) => entryOf(advisory) === undefined), note };
}
