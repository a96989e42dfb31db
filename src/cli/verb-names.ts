/** What each of awspip's own verbs does. None has the name of a pip command. */
export const verbSummaries = {
  status: 'show requests under way and the latest decisions',
  holds: 'show releases that wait for a decision or their age',
  review: 'open the queue as a page, to decide in the browser',
  approvals: 'show the approvals and denials in force',
  history: 'show requests, decisions and records of a project',
  explain: 'show why a release is allowed, on hold or blocked',
  vet: 'check requirements without installing them',
  'audit-environment': 'compare installed packages with records, feeds and policy',
  sbom: 'write a bill of materials of an environment',
  request: 'ask the approvers for a release, with a reason',
  approve: 'allow releases that are on hold or blocked',
  deny: 'block releases that the policy allows',
  audit: 'show who decided or changed the policy, and when',
  policy: 'show, check, try or serve the policy',
  trust: 'accept the repository that a project file selects',
  setup: 'put awspip in front of pip; import the settings of a deployment',
  'shell-completion': 'print completion for bash, zsh or fish',
  doctor: 'check everything an install needs',
  exec: 'run uv, pipx, poetry and other installers behind the relay',
  'file-cache': 'show or empty the cache of vetted files',
  local: 'control the local stack, which works without AWS',
} as const;

export type OwnVerb = keyof typeof verbSummaries;

/** awspip's own verbs. */
export const ownVerbs = Object.keys(verbSummaries) as readonly OwnVerb[];

/** Whether an argument is one of awspip's own verbs. */
export function isOwnVerb(argument: string | undefined): argument is OwnVerb {
  return argument !== undefined && Object.hasOwn(verbSummaries, argument);
}
