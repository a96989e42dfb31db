import type { ExitReason } from '../errors.ts';

/**
 * Every kind of obstacle, what it means, and how it ends: the README's table is made from this. `error` is any other:
 * the `errorCode` beside it says which.
 */
export const problemCodes = {
  'unknown-project': { meaning: 'no index knows the name; the nearest real one is offered', exit: 'notFound' },
  'private-name': {
    meaning: 'one of your own names (`internal` in the policy) that nobody published',
    exit: 'notFound',
  },
  'unknown-version': { meaning: 'the project is there, the version is not; the newest is offered', exit: 'notFound' },
  'no-release': { meaning: 'the project has nothing to install', exit: 'notFound' },
  'no-file-for-this-python': { meaning: 'no file fits this Python, platform or chosen formats', exit: 'notFound' },
  yanked: { meaning: 'its authors took every such release back', exit: 'notFound' },
  'constrained-away': { meaning: 'a constraint leaves no release', exit: 'notFound' },
  contradiction: { meaning: 'the requirements contradict each other', exit: 'notFound' },
  refused: { meaning: 'it exists upstream and policy refuses it; the newest that may do is offered', exit: 'blocked' },
  'too-young': { meaning: 'it exists upstream and is too young; when it may enter, and an older one', exit: 'held' },
  held: { meaning: 'a person must decide', exit: 'held' },
  'still-vetting': { meaning: 'the wait ran out; for how long was waited', exit: 'held' },
  'vetting-failed': { meaning: 'the vetting itself failed, with its cause', exit: 'unavailable' },
  'no-progress': { meaning: 'all is vetted and pip still finds it missing', exit: 'pip’s' },
  'token-denied': {
    meaning: 'no good token: expired, answered 401, or 404 that a fresh token disproves',
    exit: 'denied',
  },
  'permission-denied': {
    meaning: 'the repository (403) or a service of AWS denies these credentials; which right is missing',
    exit: 'denied',
  },
  'repository-unknown': { meaning: 'there is no such domain or repository', exit: 'configuration' },
  throttled: { meaning: 'the repository or AWS asks for fewer requests (429)', exit: 'unavailable' },
  unavailable: { meaning: 'the repository or a service of AWS fails or can’t be reached', exit: 'unavailable' },
  'digest-mismatch': { meaning: 'other bytes than the index lists', exit: 'unavailable' },
  'no-digest': { meaning: 'the index lists a file without sha256', exit: 'unavailable' },
  unvetted: { meaning: 'something is in place that was not vetted', exit: 'blocked' },
  interrupted: { meaning: 'Ctrl-C; with SIGTERM and SIGHUP 143 and 129', exit: 'interrupted' },
  error: { meaning: 'any other; `errorCode` says which', exit: 'its own' },
} as const satisfies Record<string, { readonly meaning: string; readonly exit: ExitReason | 'pip’s' | 'its own' }>;

export type ProblemCode = keyof typeof problemCodes;
