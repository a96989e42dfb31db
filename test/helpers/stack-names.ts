import { stateMachineArn as arnOf, stackNames as fixedNames } from '../../src/local/names.ts';

/** The names of the stacks that tests open: the fixed ones, and one domain with its table and its state machine. */
export const stackNames = { ...fixedNames, domain: 'awspip', table: 'awspip', stateMachine: 'awspip-vetting' } as const;

export const stateMachineArn = arnOf(stackNames.stateMachine);
