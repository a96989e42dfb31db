import type { ProjectName } from '../../index/types.ts';
import type { DomainSettings } from '../domains/domain-settings.ts';
import { stackNames } from '../names.ts';
import { groupPermits } from './package-groups.ts';
import type { PackageStore } from './package-store.ts';

/**
 * Returns a check whether a repository may take a project from the public index: by the origin controls of the package
 * and of its group, in pypi-store, and for package-install also in package-install.
 */
export function importControls(packages: PackageStore, settings: DomainSettings) {
  const isBlocked = async (repository: string, name: ProjectName): Promise<boolean> =>
    (await packages.read(repository, name))?.restrictions?.upstream === 'BLOCK';
  return async (repository: string, name: ProjectName): Promise<boolean> => {
    const current = await settings.read();
    const { store, install } = stackNames;
    if (!groupPermits(current, name, 'EXTERNAL_UPSTREAM', store) || (await isBlocked(store, name))) return false;
    if (repository !== install) return true;
    return groupPermits(current, name, 'INTERNAL_UPSTREAM', install) && !(await isBlocked(install, name));
  };
}
