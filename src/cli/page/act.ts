import { AwspipError } from '../../errors.ts';
import { type DecisionPorts, makeDecisions, maxSpecs } from '../../review/decide-all.ts';
import { parseSpec, readReason } from '../../review/spec.ts';
import type { ReviewService, VetOutcome } from '../../review/types.ts';
import type { Mode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { decisionsMadeText } from '../review/decision-text.ts';
import type { Notice } from './session.ts';

/** A form as it was sent. */
export type SentForm = Readonly<Record<string, string | File | readonly (string | File)[]>>;

/** Returns the values of a field. */
function valuesOf(form: SentForm, name: string): readonly string[] {
  const value = form[name];
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one): one is string => typeof one === 'string');
}

const fieldOf = (form: SentForm, name: string): string => valuesOf(form, name).at(-1) ?? '';

type DecideServices = {
  readonly service: Pick<ReviewService, 'records' | 'policyNotes' | 'firewall' | 'now' | 'unique' | 'userName'>;
  readonly mode: Mode;
  readonly resolved: ResolvedSettings;
};

/**
 * Makes the decisions of a form, under the rules of `awspip approve` and `awspip deny`.
 *
 * @throws AwspipError of `makeDecisions`; `form-invalid`, `too-many-releases` (64)
 */
export async function decideForm(form: SentForm, { service, mode, resolved }: DecideServices): Promise<Notice> {
  const kind = fieldOf(form, 'kind');
  if (kind !== 'approve' && kind !== 'deny') throw invalidForm('choose to approve or to deny');
  const specs = [...new Set(valuesOf(form, 'spec'))].map(parseSpec);
  if (specs.length === 0) throw invalidForm('no release is named');
  if (specs.length > maxSpecs) throw invalidForm(`${specs.length} releases are more than ${maxSpecs}`);
  const { now, unique, userName, firewall } = service;
  const records = await service.records(mode);
  const ports: DecisionPorts = {
    ...{ records, now, unique, userName, firewall, onStep: () => {} },
    notes: await service.policyNotes(mode),
  };
  const days = fieldOf(form, 'days').trim();
  const decided = await makeDecisions(
    {
      ...{ kind, specs, reason: fieldOf(form, 'reason'), end: days === '' ? {} : { days } },
      evenMalware: kind === 'approve' && fieldOf(form, 'evenMalware') === 'yes',
      changesRepository: false,
    },
    ports,
  );
  return { kind: 'done', lines: decisionsMadeText(decided, resolved, now()).trimEnd().split('\n').slice(0, 30) };
}

/**
 * Asks the approvers for the release of a form.
 *
 * @throws AwspipError `spec-invalid`, `reason-missing` (64) and those of the vetting
 */
export function requestForm(
  form: SentForm,
  vet: (specs: readonly string[], reason: string) => Promise<VetOutcome>,
): { readonly spec: string; readonly outcome: Promise<Notice> } {
  const { name, specifier } = parseSpec(fieldOf(form, 'spec'));
  const spec = `${name}${specifier}`;
  const reason = readReason(fieldOf(form, 'reason'));
  const outcome = vet([spec], reason).then(({ answer }): Notice => {
    if (answer.kind === 'secure') return { kind: 'done', lines: [`${spec} is vetted; install it`] };
    if (answer.kind !== 'error') return { kind: 'done', lines: [`${spec} is in the queue with your reason`] };
    return {
      kind: 'error',
      lines: [`the vetting of ${spec} failed: ${answer.record.cause ?? 'no cause was recorded'}`],
    };
  });
  return { spec, outcome };
}

/** Returns the notice for an error that the user can act on, with what was typed. */
export function errorNotice(error: AwspipError, form: SentForm): Notice {
  const typed = Object.fromEntries(['kind', 'reason', 'days'].map((name) => [name, fieldOf(form, name)]));
  const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
  return { kind: 'error', lines: [...error.message.split('\n').map((line) => line.trim()), ...hint], typed };
}

/** Returns the query of the page to return to; empty for the queue. */
export const backOf = (form: SentForm): string => {
  const back = fieldOf(form, 'back');
  return /^\?[\w=&%.+~*-]{0,2000}$/.test(back) ? back : '';
};

function invalidForm(message: string): AwspipError {
  return new AwspipError('form-invalid', message, { exit: 'usage', hint: 'fill in the form again' });
}
