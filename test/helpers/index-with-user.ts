import { afterAll, beforeAll } from 'vitest';
import { type Sandbox, sandbox } from './awspip.ts';
import { type PackageIndex, startPackageIndex } from './package-index.ts';

/** Starts a package index and a user of it for the tests of one file. Both exist only inside tests and hooks. */
export function indexWithUser(): { readonly packageIndex: PackageIndex; readonly user: Sandbox } {
  const stage: { packageIndex?: PackageIndex; user?: Sandbox } = {};
  beforeAll(async () => {
    stage.packageIndex = await startPackageIndex();
    stage.user = await sandbox(stage.packageIndex.environment);
  });
  afterAll(async () => {
    await stage.user?.remove();
    await stage.packageIndex?.close();
  });
  return stage as { packageIndex: PackageIndex; user: Sandbox };
}
