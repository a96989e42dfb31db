import type { FileTree } from '../archives/file-tree.ts';
import type { CodeFinding } from './code-finding.ts';

/** Returns the findings in installed modules that run when they are imported. */
export async function inspectImports(_tree: FileTree, _isWheel: boolean): Promise<{ findings: readonly CodeFinding[]; unreadable?: string | undefined }> {
  return { findings: [] };
}
