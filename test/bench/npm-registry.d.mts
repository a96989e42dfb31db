type PublishedPackage = {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Buffer;
};

type NpmRegistry = {
  /** Ends with a slash. */
  readonly url: string;
  /** The path of every request, without the leading slash and the query. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
};

export function startNpmRegistry(packages: readonly PublishedPackage[]): Promise<NpmRegistry>;
