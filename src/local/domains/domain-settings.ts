import { openJsonFiles } from '../files.ts';
import { keyedQueue } from '../keyed-queue.ts';

/** Where the versions of a package may come from. */
export const originTypes = ['PUBLISH', 'EXTERNAL_UPSTREAM', 'INTERNAL_UPSTREAM'] as const;
export type OriginType = (typeof originTypes)[number];
export type OriginMode = 'ALLOW' | 'ALLOW_SPECIFIC_REPOSITORIES' | 'BLOCK' | 'INHERIT';

/** A package group, without its pattern. */
export type StoredGroup = {
  /** Epoch milliseconds. */
  readonly createdTime: number;
  readonly description?: string | undefined;
  readonly contactInfo?: string | undefined;
  readonly modes: Readonly<Record<OriginType, OriginMode>>;
  /** The repositories of `ALLOW_SPECIFIC_REPOSITORIES`. */
  readonly allowed: Readonly<Record<OriginType, readonly string[]>>;
};

/** What callers of the API set on a domain. */
export type Settings = {
  /** By pattern. The root group `/*` is only here once it was changed. */
  readonly groups: Readonly<Record<string, StoredGroup>>;
  /** By ARN. */
  readonly tags: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The settings of one domain on disk. */
export type DomainSettings = {
  read(): Promise<Settings>;
  /** Changes the settings. Changes run one after another. */
  change<T>(decide: (settings: Settings) => { readonly settings: Settings; readonly result: T }): Promise<T>;
};

/** Returns the settings in a file. @throws {AwspipError} `state-damaged` (69) when the file cannot be read. */
export function domainSettings(path: string): DomainSettings {
  const inOrder = keyedQueue();
  const files = openJsonFiles();
  const read = async (): Promise<Settings> => {
    const stored = (await files.read(path)) as Partial<Settings> | undefined;
    return { groups: stored?.groups ?? {}, tags: stored?.tags ?? {} };
  };
  return {
    read,
    change: (decide) =>
      inOrder(path, async () => {
        const { settings, result } = decide(await read());
        await files.write(path, settings);
        return result;
      }),
  };
}
