import type { ExitReason } from '../errors.ts';

/**
 * Every kind of problem in the report, its meaning and its exit code. The documentation's table is generated from it.
 * `error` is any other problem, which `errorCode` names.
 */
export const problemCodes = {
  'unknown-project': { meaning: 'no index has the project; the most similar name is offered', exit: 'notFound' },
  'private-name': {
    meaning: 'one of your own names (`internal` in the policy) that is not published',
    exit: 'notFound',
  },
  'unknown-version': {
    meaning: 'the project exists, the version does not; the newest allowed one is offered',
    exit: 'notFound',
  },
  'no-release': { meaning: 'the project has no files to install', exit: 'notFound' },
  'no-file-for-this-python': {
    meaning: 'no file fits this Python, platform or the chosen formats',
    exit: 'notFound',
  },
  unusable: { meaning: 'the release has wrong metadata, or it cannot be built', exit: 'notFound' },
  yanked: { meaning: 'every matching release is yanked', exit: 'notFound' },
  'uploaded-later': {
    meaning: 'every matching release was uploaded after the date that the command names, or without a date',
    exit: 'notFound',
  },
  'excluded-by-constraint': { meaning: 'a constraint excludes every release', exit: 'notFound' },
  conflict: { meaning: 'the requirements contradict each other', exit: 'notFound' },
  blocked: { meaning: 'policy blocks the release; the newest allowed one is offered', exit: 'blocked' },
  'within-cooldown': {
    meaning: 'the release is within its cooldown; the time it ends, and an older release',
    exit: 'held',
  },
  'on-hold': { meaning: 'an approver must decide', exit: 'held' },
  'still-vetting': { meaning: 'the wait ran out before the verdict', exit: 'held' },
  'vetting-failed': { meaning: 'the vetting failed, with its cause', exit: 'unavailable' },
  'no-progress': { meaning: 'everything requested is vetted, and pip still misses something', exit: 'pip’s' },
  'token-denied': {
    meaning: 'no valid token: it expired, or the repository answered 401 or a false 404',
    exit: 'denied',
  },
  'permission-denied': {
    meaning: 'the repository (403) or an AWS service denies these credentials a permission',
    exit: 'denied',
  },
  'repository-unknown': { meaning: 'no such domain or repository', exit: 'configuration' },
  throttled: { meaning: 'the repository or AWS asks for fewer requests (429)', exit: 'unavailable' },
  unavailable: { meaning: 'the repository or an AWS service fails or is not reachable', exit: 'unavailable' },
  'digest-mismatch': { meaning: 'the bytes of a file differ from the listed digest', exit: 'unavailable' },
  'no-digest': { meaning: 'the index lists a file without a sha256', exit: 'unavailable' },
  unvetted: { meaning: 'an installed file was not vetted', exit: 'blocked' },
  interrupted: { meaning: 'Ctrl-C; with SIGTERM and SIGHUP 143 and 129', exit: 'interrupted' },
  error: { meaning: 'any other error; `errorCode` names it', exit: 'its own' },
} as const satisfies Record<string, { readonly meaning: string; readonly exit: ExitReason | 'pip’s' | 'its own' }>;

export type ProblemCode = keyof typeof problemCodes;
