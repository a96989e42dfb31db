/** The names of the local stack's resources, which take the place of an AWS account's own. */
export const stackNames = {
  domain: 'awspip',
  /** AWS account ID of the domain owner. No real account has this ID. */
  owner: '000000000000',
  region: 'us-east-1',
  table: 'awspip',
  stateMachine: 'awspip-vetting',
  /** Holds only vetted packages. It has no upstream. */
  secure: 'secure-pypi',
  /** Has the upstream `store`. */
  install: 'package-install',
  /** Has the external connection `public:pypi`. */
  store: 'pypi-store',
} as const;

export const stateMachineArn = `arn:aws:states:${stackNames.region}:${stackNames.owner}:stateMachine:${stackNames.stateMachine}`;
export const externalConnection = 'public:pypi';
