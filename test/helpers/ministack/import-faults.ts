import type { FrontReply } from './front.ts';
import type { FrontCall } from './front-call.ts';

/** Whether a function calls CodeArtifact about a release in package-install. */
const isImport = ({ caller, repository, version }: FrontCall): boolean =>
  caller !== 'client' && repository === 'package-install' && version !== undefined;

/** A fault for calls about imports. */
type ImportFault = (call: FrontCall) => FrontReply | undefined;

export type Imports = {
  /** The fault that hides releases whose import has not ended. */
  readonly fault: ImportFault;
  /** Lets the imports of a project take this long, in milliseconds. */
  delay(name: string, milliseconds: number): void;
  /** Records a call. The first download of a file starts the import of its release, and `ended` runs at its end. */
  record(call: FrontCall): void;
  /** When each import began and ended (epoch milliseconds), by `name==version`. */
  readonly times: ReadonlyMap<string, { readonly at: number; readonly until: number }>;
};

/**
 * Returns the imports of package-install. CodeArtifact imports a release when one of its files is first downloaded. Until
 * then, and for `milliseconds` afterwards, its API has no such version.
 *
 * https://docs.aws.amazon.com/codeartifact/latest/ug/external-connection.html
 */
export function trackImports(milliseconds: number, now: () => number, ended = (_: FrontCall) => {}): Imports {
  const times = new Map<string, { readonly at: number; readonly until: number }>();
  const delays = new Map<string, number>();
  const keyOf = (call: FrontCall) => `${call.package}==${call.version}`;
  const delayOf = (call: FrontCall) => delays.get(call.package ?? '') ?? milliseconds;
  return {
    times,
    delay: (name, delay) => void delays.set(name, delay),
    record(call) {
      if (!isImport(call) || call.operation !== 'file' || times.has(keyOf(call))) return;
      times.set(keyOf(call), { at: now(), until: now() + delayOf(call) });
      setTimeout(ended, delayOf(call), call).unref();
    },
    fault(call) {
      if (!isImport(call) || call.service !== 'CodeArtifact') return undefined;
      const isImported = now() >= (times.get(keyOf(call))?.until ?? (delayOf(call) > 0 ? Infinity : 0));
      return isImported ? undefined : missingVersion;
    },
  };
}

const missingVersion: FrontReply = {
  status: 404,
  error: 'ResourceNotFoundException',
  members: { resourceType: 'package-version', resourceId: 'missing' },
};

/** Returns a fault that throttles the next `times` calls about a project in package-install. */
export function throttledImport(name: string, times: number): ImportFault {
  let left = times;
  return (call) => {
    if (!isImport(call) || call.package !== name || left === 0) return undefined;
    left -= 1;
    return { status: 429, error: 'ThrottlingException' };
  };
}

/** Returns a fault that denies all calls about a project in package-install. */
export function deniedImport(name: string): ImportFault {
  return (call) =>
    isImport(call) && call.package === name ? { status: 403, error: 'AccessDeniedException' } : undefined;
}
