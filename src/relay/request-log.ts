import { withoutCredentials } from '../index/http.ts';
import type { ProjectName } from '../index/types.ts';
import type { Observed, ObservedPage, RelayFailure } from './types.ts';

/** Limits of the log. Build scripts can send any number of requests to the relay. */
const limits = { pages: 10_000, hosts: 100, failures: 100, files: 10_000, userAgentLength: 4_096 };

/** The relay's record of one run's requests. */
export type RequestLog = ReturnType<typeof openRequestLog>;

/** Opens an empty request log. */
export function openRequestLog() {
  const pages = new Map<ProjectName, ObservedPage>();
  const blockedHosts = new Set<string>();
  const failures = new Map<string, RelayFailure>();
  const rejectedFiles = new Set<string>();
  const unlistedFiles = new Set<string>();
  const servedFiles: string[] = [];
  let userAgent: string | undefined;

  /** Removes the failures of a URL whose content was received in a later attempt. */
  const clearFailures = (url: string): void => {
    const cleared = withoutCredentials(url);
    for (const [key, failure] of failures) {
      if (failure.url === cleared && failure.kind !== 'no-digest') failures.delete(key);
    }
  };

  return {
    recordPage(name: ProjectName, page: ObservedPage): void {
      if (pages.size < limits.pages || pages.has(name)) pages.set(name, page);
    },
    recordBlockedHost(host: string): void {
      if (blockedHosts.size < limits.hosts) blockedHosts.add(host);
    },
    /** Records a failure once per kind, URL and cause. */
    recordFailure(failure: RelayFailure): void {
      if (failures.size < limits.failures) failures.set(`${failure.kind} ${failure.url} ${failure.cause}`, failure);
    },
    clearFailures,
    recordRejectedFile(filename: string): void {
      if (rejectedFiles.size < limits.files) rejectedFiles.add(filename);
    },
    recordUnlistedFile(filename: string): void {
      if (unlistedFiles.size < limits.files) unlistedFiles.add(filename);
    },
    recordServedFile(filename: string, url: string): void {
      clearFailures(url);
      if (servedFiles.length < limits.files) servedFiles.push(filename);
    },
    recordUserAgent(text: string | undefined): void {
      if (text?.startsWith('pip/')) userAgent = text.slice(0, limits.userAgentLength);
    },
    observed(): Observed {
      return {
        pages: new Map(pages),
        blockedHosts: [...blockedHosts],
        failures: [...failures.values()],
        userAgent,
        rejectedFiles: [...rejectedFiles],
        unlistedFiles: [...unlistedFiles],
        servedFiles: [...servedFiles],
      };
    },
    /** Clears the log, except for pip's User-Agent: the interpreter stays the same in the next run. */
    reset(): void {
      for (const collection of [pages, blockedHosts, failures, rejectedFiles, unlistedFiles]) collection.clear();
      servedFiles.length = 0;
    },
  };
}
