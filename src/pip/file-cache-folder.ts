import { fileCacheFolder } from '../settings/folders.ts';

/** Returns the folder of the cache of vetted files. */
export const fileCacheOf = fileCacheFolder;
