import { afterAll, beforeAll } from 'vitest';
import { type Sandbox, sandbox } from './awspip.ts';
import { startWorld, type World } from './package-index.ts';

/** A public side and one user of it, for the tests of one file; use them inside tests and hooks only. */
export function worldWithUser(): { readonly world: World; readonly user: Sandbox } {
  const stage: { world?: World; user?: Sandbox } = {};
  beforeAll(async () => {
    stage.world = await startWorld();
    stage.user = await sandbox(stage.world.environment);
  });
  afterAll(async () => {
    await stage.user?.remove();
    await stage.world?.close();
  });
  return stage as { world: World; user: Sandbox };
}
