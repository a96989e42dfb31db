import { setImmediate } from 'node:timers/promises';
import type { ProjectName } from '../index/types.ts';
import { once } from '../once.ts';
import type { VettingStore } from './store-types.ts';

type WheelRecords = Pick<VettingStore, 'wheelRecords' | 'withheldOf' | 'metadataDigests'>;

/**
 * Returns a function that opens the records when they are first needed. What was requested before is sent first: opening
 * them loads the SDK, in which time nothing is sent.
 */
export function openRecordsLater<Store extends WheelRecords>(open: () => Promise<Store>): () => Promise<Store> {
  return once(async () => {
    // A connection that opens is noticed in the next turn of the event loop. This one may be over with the first pause.
    await setImmediate();
    await setImmediate();
    return sharedWheelRecords(await open());
  });
}

/** Returns records that read what a page needs, withheld files and digests of METADATA, with one call for both. */
export function sharedWheelRecords<Store extends WheelRecords>(store: Store): Store {
  const reading = new Map<ProjectName, ReturnType<VettingStore['wheelRecords']>>();
  const read = (name: ProjectName) => {
    const known = reading.get(name) ?? store.wheelRecords(name).finally(() => reading.delete(name));
    reading.set(name, known);
    return known;
  };
  return {
    ...store,
    withheldOf: async (name: ProjectName) => (await read(name))?.withheld ?? store.withheldOf(name),
    metadataDigests: async (name: ProjectName) => (await read(name))?.digests ?? store.metadataDigests(name),
  };
}
