import { copyRelease } from '../../codeartifact/copy-release.ts';
import { artifactRepository, sleep } from './parts/artifact.ts';
import { paced } from './parts/paced.ts';
import { environmentValue } from './parts/surroundings.ts';
import { taskHandler } from './parts/task-handler.ts';

/** Two functions at once, two copies a second each: CodeArtifact takes five. */
const turn = paced({ milliseconds: 500, now: Date.now, sleep });

export const handler = taskHandler('Copy', async () => ({
  copy: async (release, revision) => {
    await turn();
    const [from, to] = [environmentValue('INSTALL_REPOSITORY'), environmentValue('SECURE_REPOSITORY')];
    return copyRelease({ ...artifactRepository(), from, to, release, revision, sleep });
  },
}));
