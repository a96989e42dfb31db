import type { AuditEntry } from './audit.ts';
import { auditKey, auditPartition } from './keys.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';

type AuditItems = Pick<VettingStore, 'putAudit' | 'auditEntries'>;

/** Returns the store's methods for the audit log. */
export function auditItems(items: TableClient): AuditItems {
  return {
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
