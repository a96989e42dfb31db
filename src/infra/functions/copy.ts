import { copyRelease } from '../../codeartifact/copy-release.ts';
import { importedRelease } from '../../codeartifact/request-import.ts';
import { artifactRepository, sleep } from './parts/codeartifact.ts';
import { copyBudget } from './parts/copy-budget.ts';
import { environmentValue } from './parts/environment-value.ts';
import { recordTable } from './parts/record-table.ts';
import { taskHandler } from './parts/task-handler.ts';

const turn = copyBudget({ ...recordTable(), now: Date.now, sleep });

export const handler = taskHandler('Copy', async () => {
  const [from, to] = [environmentValue('INSTALL_REPOSITORY'), environmentValue('SECURE_REPOSITORY')];
  const domain = artifactRepository();
  return {
    imported: (release) => importedRelease({ ...domain, repository: from }, release),
    copy: (release, revision) => copyRelease({ ...domain, from, to, release, revision, sleep, turn }),
  };
});
