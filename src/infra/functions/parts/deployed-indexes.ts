import type { NamedIndex } from '../../../index/named-indexes.ts';
import { environmentValue } from './environment-value.ts';

/** Returns the indexes of the deployment, of which its origin controls and permissions know. */
export const deployedIndexes = (): readonly NamedIndex[] =>
  JSON.parse(environmentValue('INDEXES', '[]')) as readonly NamedIndex[];
