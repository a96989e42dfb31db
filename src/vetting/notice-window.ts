/** The notices of the last minutes: DynamoDB item `pk` `notices`, `sk` `window`. */
export type NoticeWindow = {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Notices sent one by one since. */
  readonly sent: number;
  /** One line for each notice that was collected for the digest. */
  readonly pending: readonly string[];
  /** The number of further ones. */
  readonly omitted: number;
  /** Counts the changes of the item, so that two writers don't overwrite each other. */
  readonly revision: number;
};
