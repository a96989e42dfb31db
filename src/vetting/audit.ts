import type { PolicySwitch } from './policy-switch.ts';
import type { Approval } from './types.ts';

/** Who did something, and from where. */
export type AuditActor = {
  /** `user@host` of the process. It is not a credential. */
  readonly by: string;
  /** The ARN that AWS STS reports for the credentials; absent on the local stack. */
  readonly identity?: string | undefined;
  /** The host. */
  readonly from: string;
};

/**
 * An entry of the audit log: DynamoDB item `pk` `audit`, `sk` `<ISO time>#<id>`. No entry is changed or deleted.
 *
 * `decision`: an approval or denial, `before` is the one that counted before. `archive`: releases of the vetted repository that
 * a person or a recheck archived, or a person published again.
 * `mode`: an administrator switched observe mode on or off for the deployment.
 * `policy`: the workflow found another policy than before; who wrote it, only the store of the policy file knows.
 */
export type AuditEntry = {
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  readonly actor: AuditActor;
} & (
  | { readonly kind: 'decision'; readonly before: Approval | null; readonly after: Approval }
  | {
      readonly kind: 'archive';
      readonly name: string;
      /** Why a recheck archived it. A person's decision has an entry of its own. */
      readonly reason?: string | undefined;
      readonly before: { readonly versions: readonly string[]; readonly status: string };
      readonly after: { readonly versions: readonly string[]; readonly status: string };
    }
  | { readonly kind: 'mode'; readonly before: PolicySwitch | null; readonly after: PolicySwitch }
  | {
      readonly kind: 'policy';
      readonly before: { readonly version: string } | null;
      readonly after: { readonly version: string };
      /** The keys that differ: `gates.cooldown.days: 3 → 7`. */
      readonly changes: readonly string[];
    }
);

/** Returns the decisions of a log, in its order. */
export function decisionsOf(entries: readonly AuditEntry[]): readonly Approval[] {
  return entries.flatMap((entry) => (entry.kind === 'decision' ? [entry.after] : []));
}
