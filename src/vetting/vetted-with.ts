import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { projectPartition, releasePrefix, requestKey, requestReleasePrefix } from './keys.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';

/** A request of more projects probably has other roots than the command that asks. */
const maxProjects = 150;

const executionPattern = /^(.{1,80})-\d+$/;

/** Returns the store's method for the projects that were vetted in the same request, with two calls. */
export function vettedWith(items: Pick<TableClient, 'queryOnce'>): Pick<VettingStore, 'vettedWith'> {
  return {
    async vettedWith(name) {
      const releases = await items.queryOnce({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': projectPartition(name), ':prefix': releasePrefix },
        ExpressionAttributeNames: { '#status': 'status' },
        ProjectionExpression: '#status, execution, updatedAt',
        ScanIndexForward: false,
      });
      const request = newestRequest(releases);
      if (request === undefined) return [];
      const found = await items.queryOnce({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': requestKey(request).pk, ':prefix': requestReleasePrefix },
        ExpressionAttributeNames: { '#name': 'name' },
        ProjectionExpression: '#name',
      });
      const names = new Set<ProjectName>();
      for (const { name: other } of found) {
        if (typeof other === 'string' && isProjectName(other)) names.add(normaliseName(other));
      }
      return names.size <= maxProjects ? [...names] : [];
    },
  };
}

/** Returns the ID of the request that vetted a release of the project last. */
function newestRequest(releases: readonly Record<string, unknown>[]): string | undefined {
  const vetted = releases.filter(({ status }) => status === 'SECURE');
  const newestFirst = vetted.toSorted((one, other) => (String(one.updatedAt) < String(other.updatedAt) ? 1 : -1));
  return executionPattern.exec(String(newestFirst[0]?.execution))?.[1];
}
