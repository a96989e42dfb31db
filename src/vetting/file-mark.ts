import { createHash } from 'node:crypto';

/** Returns the mark of a file in the record of its release: 8 hex digits of the sha256 of its name. */
export const fileMark = (filename: string): string => createHash('sha256').update(filename).digest('hex').slice(0, 8);
