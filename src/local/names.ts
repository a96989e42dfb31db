/** What the local stack's things are called; they stand where an AWS account's own names would. */
export const stackNames = {
  domain: 'awspip',
  /** AWS account id of the domain's owner; no real account has it. */
  owner: '000000000000',
  region: 'us-east-1',
  table: 'awspip',
  stateMachine: 'awspip-vetting',
  /** Holds only what was vetted; has no upstream. */
  secure: 'secure-pypi',
  /** Fetches through `store`. */
  install: 'package-install',
  /** Has the external connection `public:pypi`. */
  store: 'pypi-store',
} as const;

export const stateMachineArn = `arn:aws:states:${stackNames.region}:${stackNames.owner}:stateMachine:${stackNames.stateMachine}`;
export const externalConnection = 'public:pypi';
