import { batchedReads } from './batched-reads.ts';
import { metadataKey, metadataPrefix, metadataTextKey, projectPartition, wheelPrefix, withheldPrefix } from './keys.ts';
import { readWithheldFiles } from './release-items.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';
import { addMetadata, digestsByWheel, unpackMetadata } from './wheel-metadata.ts';

/** Returns the store's methods for the METADATA of wheels. */
export function metadataItems(
  items: TableClient,
  now: () => number,
): Pick<VettingStore, 'recordMetadata' | 'wheelRecords' | 'metadataDigests' | 'metadataOf' | 'readMetadata'> {
  const readText = batchedReads(items);
  const at = () => new Date(now()).toISOString();
  return {
    async recordMetadata(release, added) {
      const { name, version } = release;
      const record = async (recorded: ReadonlyMap<string, string>, condition: Parameters<TableClient['put']>[1]) => {
        const { wheels, texts } = addMetadata(recorded, added);
        // A digest must not be offered before its text is there.
        for (const [sha256, gzip] of texts) await items.put({ ...metadataTextKey(name, sha256), gzip, at: at() });
        return items.put({ ...metadataKey(release), name, version, wheels, at: at() }, condition);
      };
      // Most releases have no record yet, and need no read.
      if (await record(new Map(), { ConditionExpression: 'attribute_not_exists(pk)' })) return;
      if (added.length === 0) return;
      await record(digestsByWheel((await items.get(metadataKey(release), true)) ?? {}), undefined);
    },
    async wheelRecords(name) {
      const found = await items.queryAllOnce({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': wheelPrefix },
      });
      if (found === undefined) return undefined;
      const starting = (prefix: string) => found.filter(({ sk }) => String(sk).startsWith(prefix));
      return {
        withheld: starting(withheldPrefix).map(readWithheldFiles),
        digests: new Map(starting(metadataPrefix).flatMap((item) => [...digestsByWheel(item)])),
      };
    },
    async metadataDigests(name) {
      // An item has 250 bytes to 14 KB. If a page has more releases than fit, those that sort last are probably newer.
      const found = await items.queryOnce({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': metadataPrefix },
        ScanIndexForward: false,
      });
      return new Map(found.flatMap((item) => [...digestsByWheel(item)]));
    },
    async metadataOf(releases) {
      const keys = releases.map(metadataKey);
      const found = await items.getAll(keys);
      return keys.map(({ pk, sk }) => {
        const item = found.get(`${pk}\n${sk}`);
        return item && digestsByWheel(item);
      });
    },
    async readMetadata(name, sha256) {
      return unpackMetadata((await readText(metadataTextKey(name, sha256)))?.gzip, sha256);
    },
  };
}
