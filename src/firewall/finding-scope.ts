import type { ListEntry } from './policy.ts';
import type { Finding, FindingScope } from './types.ts';

/** The gates whose finding is about one release or its files. Every other gate and every rule is about the project. */
const gateScopes: Readonly<Partial<Record<string, FindingScope>>> = {
  malware: 'release',
  cooldown: 'release',
  vulnerabilities: 'release',
  yanked: 'release',
  sdistOnly: 'file',
  unattested: 'file',
  installCode: 'file',
};

/** The gates whose signal comes from a source that knows all releases or none. */
const askedByProject = new Set(['malware', 'vulnerabilities']);

/** Returns what a finding is about, so that it needn't be found again for each release of the project. */
export function findingScope({ rule, state, value }: Pick<Finding, 'rule' | 'state' | 'value'>): FindingScope {
  if (rule === 'blockList' || rule === 'allowList') {
    return (value as ListEntry).versions === undefined ? 'project' : 'release';
  }
  if (state === 'unknown' && askedByProject.has(rule)) return 'project';
  return gateScopes[rule] ?? 'project';
}
