import { createHash } from 'node:crypto';

/** The names of the local stack's resources, which take the place of an AWS account's own. */
export const stackNames = {
  /** AWS account ID of the domain owner. No real account has this ID. */
  owner: '000000000000',
  region: 'us-east-1',
  /** Holds only vetted packages. It has no upstream. */
  secure: 'secure-pypi',
  /** Has the upstream `store`. */
  install: 'package-install',
  /** Has the external connection `public:pypi`. */
  store: 'pypi-store',
} as const;

export const externalConnection = 'public:pypi';

const arnOf = (kind: string, name: string): string =>
  `arn:aws:states:${stackNames.region}:${stackNames.owner}:${kind}:${name}`;

export const stateMachineArn = (name: string): string => arnOf('stateMachine', name);
export const executionArn = (stateMachine: string, name: string): string =>
  arnOf('execution', `${stateMachine}:${name}`);

/** Returns the name of a state machine by its ARN, or the names of an execution by its ARN. */
export function namesOfArn(arn: string): { readonly stateMachine: string; readonly execution?: string } | undefined {
  const [machine, execution] = [stateMachineArn(''), arnOf('execution', '')];
  if (arn.startsWith(machine)) return { stateMachine: arn.slice(machine.length) };
  const [stateMachine, name] = arn.startsWith(execution) ? arn.slice(execution.length).split(':') : [];
  return stateMachine && name ? { stateMachine, execution: name } : undefined;
}

/** Returns a name that is the same for equal values: the prefix and 16 hex digits of their hash. */
export function hashedName(prefix: string, value: unknown): string {
  return `${prefix}${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)}`;
}

/** Checks that a text can be the name of a domain or a state machine, and so the name of a folder. */
export function isResourceName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/.test(text);
}
