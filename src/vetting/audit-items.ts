import type { AuditEntry } from './audit.ts';
import { updateExpression } from './expressions.ts';
import { auditKey, auditPartition, noticeWindowKey } from './keys.ts';
import type { NoticeWindow } from './notice-window.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';

type AuditItems = Pick<VettingStore, 'putAudit' | 'auditEntries' | 'noticeWindow' | 'putNoticeWindow'>;

/** Returns the store's methods for the audit log and for what people are notified of. */
export function auditItems(items: TableClient): AuditItems {
  return {
    async noticeWindow() {
      const item = await items.get(noticeWindowKey, true);
      if (item === undefined) return undefined;
      const { pk: _, sk: __, ...window } = item;
      return window as NoticeWindow;
    },
    async putNoticeWindow(window, expected) {
      const update = updateExpression(window);
      const item = await items.update(noticeWindowKey, {
        ...update,
        ConditionExpression: expected === undefined ? 'attribute_not_exists(pk)' : '#revision = :expected',
        ExpressionAttributeValues: {
          ...update.ExpressionAttributeValues,
          ...(expected !== undefined && { ':expected': expected.revision }),
        },
      });
      return item !== undefined;
    },
    async putAudit(entry) {
      await items.put({ ...entry, ...auditKey(entry) }, { ConditionExpression: 'attribute_not_exists(pk)' });
    },
    async auditEntries({ limit = 20_000, since } = {}) {
      const found = await items.query(
        {
          ConsistentRead: true,
          KeyConditionExpression: since === undefined ? 'pk = :pk' : 'pk = :pk AND sk >= :since',
          ExpressionAttributeValues: { ':pk': auditPartition, ...(since !== undefined && { ':since': since }) },
          ScanIndexForward: false,
        },
        limit + 1,
      );
      return { entries: found.slice(0, limit).map(readEntry), complete: found.length <= limit };
    },
  };
}

function readEntry({ pk: _, sk: __, ...entry }: Record<string, unknown>): AuditEntry {
  return entry as AuditEntry;
}
