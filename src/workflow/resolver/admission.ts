import { supportsPython } from '../../index/candidates.ts';
import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Usable } from './catalogue.ts';
import { type Admission, type Context, meet } from './context.ts';

type Needs = Pick<Context, 'input' | 'catalogue' | 'met' | 'notes'>;

/** Whether each release may be taken: the caller's word first, then what its own metadata say. Asked once each. */
export function openAdmissions(needs: Needs): Context['admit'] {
  const known = new Map<string, Promise<Admission>>();
  return (name, candidate) => {
    const key = `${name} ${candidate.version}`;
    const admission = known.get(key) ?? admit(name, candidate, needs);
    known.set(key, admission);
    return admission;
  };
}

async function admit(name: ProjectName, candidate: Usable, needs: Needs): Promise<Admission> {
  const { input, catalogue, notes } = needs;
  const { version } = candidate;
  const refusal = await input.refused({ name, version }, candidate.uploadTime);
  if (refusal !== undefined) return refuse(needs, refusal);
  if (input.request.options.noDeps && candidate.best.kind === 'wheel') return { kind: 'allowed', requirements: [] };
  const facts = await catalogue.facts(candidate);
  for (const note of facts.notes) notes.add(`${name} ${version}: ${note}`);
  if (facts.name !== undefined && normaliseName(facts.name) !== name)
    return refuse(needs, unfit(name, version, 'ERROR', `its metadata call it \`${facts.name.slice(0, 100)}\``));
  if (!supportsPython(facts.requiresPython, input.request.environment))
    return refuse(needs, {
      ...unfit(name, version, 'NOT_FOUND', `it needs Python ${facts.requiresPython}`),
      because: 'no-file',
    });
  return { kind: 'allowed', requirements: facts.requirements, buildRequirements: facts.buildRequirements };
}

function refuse(needs: Needs, refusal: Refusal): Admission {
  return { kind: 'refused', refusals: [meet(needs, refusal)] };
}

/** A refusal that comes of the release itself, not of the policy. */
export function unfit(name: ProjectName, version: string | null, kind: Refusal['kind'], detail: string): Refusal {
  return { name, version, kind, reasons: [], similarPackages: [], detail, fatal: false };
}
