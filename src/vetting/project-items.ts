import { withoutUndefined } from './expressions.ts';
import { approvalKey, approvalPrefix, freshnessKey, projectPartition, requestPartition } from './keys.ts';
import { policyIndexesKey, policyStateKey } from './policy-memory.ts';
import { defaultNotes, type PolicyNotes, type PolicyState } from './policy-notes.ts';
import { type PolicySwitch, policySwitchKey } from './policy-switch.ts';
import { readReleaseItem } from './release-items.ts';
import { readRequestItem } from './request-items.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';
import type { Approval } from './types.ts';

type ProjectItems = Pick<
  VettingStore,
  | 'readFreshness'
  | 'putFreshness'
  | 'policySwitch'
  | 'putPolicySwitch'
  | 'policyNotes'
  | 'putPolicyNotes'
  | 'policyState'
  | 'putPolicyState'
  | 'listByStatus'
  | 'approvalsOf'
  | 'putApproval'
>;

/** Returns the store's methods for projects (freshness, approvals), the policy's indexes, and for lists by status. */
export function projectItems(items: TableClient, now: () => number): ProjectItems {
  return {
    async readFreshness(name) {
      const item = await items.get(freshnessKey(name), false);
      return (item?.asked ?? {}) as Record<string, number>;
    },
    async putFreshness(name, checkTimes) {
      await items.put({ ...freshnessKey(name), asked: checkTimes, at: new Date(now()).toISOString() });
    },
    async policySwitch() {
      const item = await items.get(policySwitchKey, true);
      if (item === undefined) return undefined;
      const { pk: _, sk: __, ...set } = item;
      return set as PolicySwitch;
    },
    async putPolicySwitch(set) {
      await items.put({ ...set, ...policySwitchKey });
    },
    async policyNotes() {
      const { indexes, contact, approvals, observed, at } = ((await items.get(policyIndexesKey, false)) ??
        {}) as Partial<PolicyNotes>;
      return {
        indexes: indexes ?? defaultNotes.indexes,
        contact,
        approvals: approvals ?? defaultNotes.approvals,
        observed,
        at,
      };
    },
    async putPolicyNotes({ indexes, contact, approvals, observed }) {
      const usable = indexes.filter(({ problem }) => problem === undefined).map(({ url, names }) => ({ url, names }));
      const at = new Date(now()).toISOString();
      await items.put({
        ...{ ...policyIndexesKey, indexes: usable, contact, approvals: withoutUndefined(approvals), at },
        observed: observed && withoutUndefined(observed),
      });
    },
    async policyState() {
      const item = await items.get(policyStateKey, true);
      if (item === undefined) return undefined;
      const { version, digest, text } = item as PolicyState & Record<string, unknown>;
      return { version, digest, text };
    },
    async putPolicyState(state) {
      await items.put({ ...state, ...policyStateKey, at: new Date(now()).toISOString() });
    },
    async listByStatus(status, { limit = 100 } = {}) {
      const found = await items.query(
        {
          IndexName: 'byStatus',
          KeyConditionExpression: '#status = :status',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':status': status },
          ScanIndexForward: false,
        },
        limit,
      );
      const isRequest = ({ pk }: Record<string, unknown>) => String(pk).startsWith(requestPartition);
      return {
        requests: found.filter(isRequest).map(readRequestItem),
        releases: found.filter((item) => !isRequest(item)).map(readReleaseItem),
      };
    },
    async approvalsOf(name) {
      const found = await items.query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': approvalPrefix },
      });
      return found.map(({ pk: _, sk: __, ...approval }) => approval as Approval);
    },
    async putApproval(approval) {
      await items.put({ ...approval, ...approvalKey(approval) });
    },
  };
}
