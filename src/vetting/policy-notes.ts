import type { NamedIndex } from '../index/named-indexes.ts';

/** What clients need to know of the policy in force. The workflow writes it, because they may not read the policy. */
export type PolicyNotes = {
  /** The indexes from which the policy takes names. */
  readonly indexes: readonly NamedIndex[];
  /** Whom to ask about a hold or block. */
  readonly contact?: string | undefined;
  readonly approvals: {
    readonly days?: number | undefined;
    readonly maxDays?: number | undefined;
    readonly selfApproval: boolean;
  };
  /** Set in observe mode. `partly`: only some gates or names are observed. `until`: ISO date or time. */
  readonly observed?: { readonly partly: boolean; readonly until?: string | undefined } | undefined;
  /** ISO time at which the workflow wrote them. */
  readonly at?: string | undefined;
};

/** The policy that the workflow saw last, for the audit log. */
export type PolicyState = {
  readonly version: string;
  /** sha256 hex of the whole policy. */
  readonly digest: string;
  /** JSON; absent if it is too large for an item. */
  readonly text?: string | undefined;
};

/** The notes where no workflow has run yet. */
export const defaultNotes: PolicyNotes = { indexes: [], approvals: { selfApproval: true } };
