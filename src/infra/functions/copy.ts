import { copyRelease } from '../../codeartifact/copy-release.ts';
import { artifactRepository, sleep } from './parts/codeartifact.ts';
import { environmentValue } from './parts/environment-value.ts';
import { rateLimiter } from './parts/rate-limiter.ts';
import { taskHandler } from './parts/task-handler.ts';

/** Two functions run in parallel with two copies per second each. CodeArtifact allows five. */
const waitForTurn = rateLimiter({ milliseconds: 500, now: Date.now, sleep });

export const handler = taskHandler('Copy', async () => ({
  copy: async (release, revision) => {
    await waitForTurn();
    const [from, to] = [environmentValue('INSTALL_REPOSITORY'), environmentValue('SECURE_REPOSITORY')];
    return copyRelease({ ...artifactRepository(), from, to, release, revision, sleep });
  },
}));
