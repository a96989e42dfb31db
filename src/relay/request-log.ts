import type { ProjectName } from '../index/types.ts';
import type { Observed, ObservedPage, Trouble } from './types.ts';

/** A build script may talk to the relay as well as pip does, so nothing here grows without end. */
const max = { pages: 10_000, denied: 100, trouble: 100, files: 10_000, userAgent: 4_096 };

/** Where the relay writes down what it saw. */
export type RequestLog = ReturnType<typeof openRequestLog>;

/** An empty ledger. */
export function openRequestLog() {
  const pages = new Map<ProjectName, ObservedPage>();
  const denied = new Set<string>();
  const trouble = new Map<string, Trouble>();
  const refused = new Set<string>();
  const absent = new Set<string>();
  const files: string[] = [];
  let userAgent: string | undefined;

  return {
    page(name: ProjectName, page: ObservedPage): void {
      if (pages.size < max.pages || pages.has(name)) pages.set(name, page);
    },
    deny(host: string): void {
      if (denied.size < max.denied) denied.add(host);
    },
    /** The same trouble with the same thing is written once. */
    trouble(entry: Trouble): void {
      if (trouble.size < max.trouble) trouble.set(`${entry.kind} ${entry.url} ${entry.cause}`, entry);
    },
    refuse(filename: string): void {
      if (refused.size < max.files) refused.add(filename);
    },
    absent(filename: string): void {
      if (absent.size < max.files) absent.add(filename);
    },
    sent(filename: string): void {
      if (files.length < max.files) files.push(filename);
    },
    userAgent(text: string | undefined): void {
      if (text?.startsWith('pip/')) userAgent = text.slice(0, max.userAgent);
    },
    observed(): Observed {
      return {
        pages: new Map(pages),
        denied: [...denied],
        trouble: [...trouble.values()],
        userAgent,
        refusedFiles: [...refused],
        absentFiles: [...absent],
        files: [...files],
      };
    },
    /** pip's User-Agent stays: the interpreter is the same in the next run. */
    forget(): void {
      for (const seen of [pages, denied, trouble, refused, absent]) seen.clear();
      files.length = 0;
    },
  };
}
