import type { Key } from './keys.ts';

/**
 * A mode that an administrator sets for a deployment, over that of the policy file. It is one item of the table, so that
 * it has effect within a minute and without a new policy file.
 */
export type PolicySwitch = {
  /** `file`: the policy file decides. */
  readonly mode: 'observe' | 'enforce' | 'file';
  /** ISO time after which the policy file decides again. */
  readonly until?: string | undefined;
  readonly reason: string;
  /** `user@host`. */
  readonly by: string;
  /** ISO time. */
  readonly at: string;
};

/** The item of the switch, alone in its partition, so that a permission can be for it alone. */
export const policySwitchKey: Key = { pk: 'policy-switch', sk: 'mode' };
