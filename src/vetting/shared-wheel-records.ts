import type { ProjectName } from '../index/types.ts';
import type { VettingStore } from './store-types.ts';

type Records = Pick<VettingStore, 'wheelRecords' | 'withheldOf' | 'metadataDigests' | 'vettedWith'>;

/** Returns records that read what a page needs with one call: withheld files, digests of METADATA, and what it was vetted with. */
export function sharedWheelRecords<Store extends Records>(store: Store): Store {
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
    vettedWith: async (name: ProjectName) => (await read(name))?.vettedWith ?? store.vettedWith(name),
  };
}
