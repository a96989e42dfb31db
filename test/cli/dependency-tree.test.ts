import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { wheel } from '../helpers/distributions.ts';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { longTest } from '../helpers/long-form.ts';
import { publishTree } from '../helpers/tree.ts';

const stage = indexWithUser();

// `install.test.ts` has a small tree, and `contract/workflow.test.ts` large ones.
longTest(
  'a tree of forty projects with sdists, build requirements and a backtracking pair needs two pip runs',
  async () => {
    const { root, projects } = await publishTree(stage.packageIndex);
    expect(projects).toHaveLength(40);

    const first = await stage.user.install(['--target', 'tree', root]);
    expect(first).toMatchObject({ exitCode: 0, report: { pipRuns: 2 } });
    expect(first.report.releases.map(({ name }) => name).sort()).toEqual([...projects].sort());
    expect(first.report.releases.every(({ status }) => status === 'SECURE')).toBe(true);
    expect(first.report.releases).toContainEqual({ name: 'left', version: '1.0', status: 'SECURE' });
    expect(
      readdirSync(stage.user.path('tree')).filter(
        (name) => /^(tree|left|right|shared)/.test(name) && !name.includes('-info'),
      ),
    ).toHaveLength(36);

    // A page once; a file once by the resolver, and once by its import.
    const counts = new Map<string, number>();
    for (const url of stage.packageIndex.requests) counts.set(url, (counts.get(url) ?? 0) + 1);
    const most = (kind: string) => Math.max(...[...counts].filter(([url]) => url.startsWith(kind)).map(([, of]) => of));
    expect([most('/simple/'), most('/files/')]).toEqual([1, 2]);

    stage.packageIndex.publish(root, '1.1', wheel({ name: root, version: '1.1', requires: ['left', 'right'] }));
    const upgraded = await stage.user.install(['--upgrade', '--target', 'tree', root]);
    expect(upgraded.exitCode).toBe(0);
    expect(upgraded.report.releases).toContainEqual({ name: root, version: '1.1', status: 'SECURE' });
    expect(readdirSync(stage.user.path('tree'))).toContain('tree_0_0-1.1.dist-info');
  },
);
