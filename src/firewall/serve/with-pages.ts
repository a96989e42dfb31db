import { isProjectName, normaliseName } from '../../index/names.ts';
import { isPublicIndex } from '../../index/public-index.ts';
import type { ProjectName, UpstreamIndex } from '../../index/types.ts';
import type { Firewall } from '../types.ts';
import type { Decide } from './judge-page.ts';

/** Checks whether an index lists all releases of a project. PyPI does. Any other index may be a partial mirror. */
export const isCompleteIndex = isPublicIndex;

/**
 * Returns a firewall that assesses a project by its page on the upstream index, as the registry proxy does, so that the
 * API and the proxy give the same verdict. The names of private projects are not sent to the index.
 */
export function withPages(
  firewall: Firewall,
  upstream: Pick<UpstreamIndex, 'page'>,
  isPrivate: (name: ProjectName) => boolean,
): Firewall {
  return {
    ...firewall,
    assess: async (subject) => {
      if (subject.page !== undefined || !isProjectName(subject.name)) return firewall.assess(subject);
      const name = normaliseName(subject.name);
      if (isPrivate(name)) return firewall.assess(subject);
      const answer = await upstream.page(name);
      if (answer.kind !== 'found') return firewall.assess(subject);
      const pageComplete = answer.complete && answer.from.some(isCompleteIndex);
      return firewall.assess({ ...subject, page: answer.page, pageComplete });
    },
  };
}

/** Returns a firewall whose verdicts are as people's decisions change them. */
export function withDecisions(firewall: Firewall, decide: Decide): Firewall {
  return {
    ...firewall,
    assess: async (subject) => {
      const assessment = await firewall.assess(subject);
      const [decided = assessment] = await decide([assessment]);
      return decided;
    },
  };
}
