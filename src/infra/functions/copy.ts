import { copyRelease } from '../../codeartifact/copy.ts';
import { artifactPlace, sleep } from './parts/artifact.ts';
import { paced } from './parts/paced.ts';
import { told } from './parts/surroundings.ts';
import { taskHandler } from './parts/task-handler.ts';

/** Two functions at once, two copies a second each: CodeArtifact takes five. */
const turn = paced({ milliseconds: 500, now: Date.now, sleep });

export const handler = taskHandler('Copy', async () => ({
  copy: async (release, revision) => {
    await turn();
    const [from, to] = [told('INSTALL_REPOSITORY'), told('SECURE_REPOSITORY')];
    return copyRelease({ ...artifactPlace(), from, to, release, revision, sleep });
  },
}));
