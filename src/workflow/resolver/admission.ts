import { supportsPython } from '../../index/candidates.ts';
import { normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { UsableCandidate } from './catalogue.ts';
import { type Admission, type Context, recordRefusal } from './context.ts';

type Needs = Pick<Context, 'input' | 'catalogue' | 'knownRefusals' | 'notes'>;

/** Returns a check of each release, done once: first the recorded verdicts, then the release's own metadata. */
export function openAdmissions(needs: Needs): Context['admit'] {
  const known = new Map<string, Promise<Admission>>();
  return (name, candidate) => {
    const key = `${name} ${candidate.version}`;
    const admission = known.get(key) ?? admit(name, candidate, needs);
    known.set(key, admission);
    return admission;
  };
}

async function admit(name: ProjectName, candidate: UsableCandidate, needs: Needs): Promise<Admission> {
  const { input, catalogue, notes } = needs;
  const { version } = candidate;
  const refusal = await input.refusalOf({ name, version }, candidate.uploadTime);
  if (refusal !== undefined) return refuse(needs, refusal);
  const fileRefusal = await input.refusalOfFile?.({ name, version }, candidate.best.file);
  if (fileRefusal !== undefined) return refuse(needs, fileRefusal);
  if (input.request.options.noDeps && candidate.best.kind === 'wheel') return { kind: 'allowed', requirements: [] };
  const facts = await catalogue.facts(candidate);
  for (const note of facts.notes) notes.add(`${name} ${version}: ${note}`);
  if (facts.problem !== undefined) return refuse(needs, createRefusal(name, version, 'ERROR', facts.problem));
  if (facts.name !== undefined && normaliseName(facts.name) !== name)
    return refuse(needs, {
      ...createRefusal(name, version, 'NOT_FOUND', `its metadata has the name \`${facts.name.slice(0, 100)}\``),
      because: 'unusable',
    });
  if (!supportsPython(facts.requiresPython, input.request.environment))
    return refuse(needs, {
      ...createRefusal(name, version, 'NOT_FOUND', `it needs Python ${facts.requiresPython}`),
      because: 'no-file',
    });
  return { kind: 'allowed', requirements: facts.requirements, buildRequirements: facts.buildRequirements };
}

function refuse(needs: Needs, refusal: Refusal): Admission {
  return { kind: 'refused', refusals: [recordRefusal(needs, refusal)] };
}

/** Returns a refusal for a reason in the release itself, not in the policy. */
export function createRefusal(
  name: ProjectName,
  version: string | null,
  kind: Refusal['kind'],
  detail: string,
): Refusal {
  return { name, version, kind, reasons: [], similarPackages: [], detail, fatal: false };
}
