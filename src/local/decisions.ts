import { open, readFile } from 'node:fs/promises';
import { approvalPrefix, auditPartition } from '../vetting/keys.ts';
import { unlessMissing } from './files.ts';

/** An item of DynamoDB as it is sent: attribute values by type. */
export type StoredItem = Readonly<Record<string, unknown>>;

/** People's decisions and the audit log in an append-only file, which no repair or reset touches. */
export type Decisions = {
  /** Appends the decision that a call of DynamoDB writes, if it writes one that the file does not have. */
  record(body: Buffer): Promise<void>;
  /** Returns the decisions for a table, oldest first. */
  of(table: string): Promise<readonly StoredItem[]>;
};

type Line = { readonly table: string; readonly item: StoredItem };

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function toLine(value: unknown): Line | undefined {
  if (!isRecord(value) || typeof value.table !== 'string' || !isRecord(value.item)) return undefined;
  return { table: value.table, item: value.item };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the decision, or the entry of the audit log, that a PutItem call writes. */
function decisionIn(body: Buffer): Line | undefined {
  const call = parse(body.toString('utf8'));
  if (!isRecord(call) || typeof call.TableName !== 'string' || !isRecord(call.Item)) return undefined;
  const { pk, sk } = call.Item;
  const isEntry = isRecord(pk) && pk.S === auditPartition;
  const isDecision = isEntry || (isRecord(sk) && String(sk.S).startsWith(approvalPrefix));
  return isDecision ? { table: call.TableName, item: call.Item } : undefined;
}

/** Returns the decisions in a file. A line that a killed process did not finish is skipped. */
export function decisionsIn(file: string): Decisions {
  const readLines = async (): Promise<readonly Line[]> => {
    const text = (await unlessMissing(() => readFile(file, 'utf8'))) ?? '';
    return text.split('\n').flatMap((line) => toLine(parse(line)) ?? []);
  };
  return {
    record: async (body) => {
      const decision = decisionIn(body);
      if (decision === undefined) return;
      const line = JSON.stringify(decision);
      if ((await readLines()).some((known) => JSON.stringify(known) === line)) return;
      const handle = await open(file, 'a', 0o600);
      try {
        // The line break comes first too, in case the last line is incomplete.
        await handle.writeFile(`\n${line}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    of: async (table) => (await readLines()).filter((line) => line.table === table).map(({ item }) => item),
  };
}
